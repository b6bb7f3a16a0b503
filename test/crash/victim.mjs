// `victim.mjs SETTINGS START CONFIG`: the service as `marquee start` runs it, in a process of its own that is there to be killed. Plain JavaScript, so that it runs beside what
// was built. Its parent may ask what it has counted (victim-process.ts has the types); it ends with its parent.
import { pathToFileURL } from 'node:url';

const [file, start, config] = process.argv.slice(2);
const { startService } = await import(pathToFileURL(start).href);
const { loadConfig } = await import(pathToFileURL(config).href);
const marquee = await startService(loadConfig({ file, environment: {} }));

async function answer(question) {
  if (question.kind === 'query') return { kind: 'rows', rows: await marquee.analytics.query(question.sql) };
  await marquee.drained({ analytics: true });
  const { learner } = marquee;
  return { kind: 'learned', partitions: learner?.stats().partitions ?? [], hash: learner?.hash() ?? '' };
}

process.on('message', (question) => {
  answer(question).then(
    (given) => process.send(given),
    (fault) => process.send({ kind: 'fault', message: String(fault) }),
  );
});
process.on('disconnect', () => process.exit(9));
process.send({ kind: 'ready', port: marquee.server.address().port });
