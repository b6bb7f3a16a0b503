/**
 * A process with the embedded engine and its HTTP front: `npx tsx scripts/clickhouse/run-front.ts DIRECTORY [PORT]`. Ends with whoever forked it.
 */
import { EngineError, openFrontEngine } from './front-engine.js';
import { httpFront } from './http-front.js';

const [, , path, port = '8123', password = ''] = process.argv;
if (path === undefined)
  throw new EngineError(36, 'no directory; expected run-front.ts DIRECTORY [PORT [PASSWORD]]');
const engine = await openFrontEngine(path, 2 ** 30);
const server = httpFront({ engine, password });

async function end(): Promise<void> {
  server.close();
  server.closeIdleConnections();
  await engine.close();
  process.exit(0);
}
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
process.on('disconnect', () => void end());

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : Number(port);
  process.send?.({ port: listening });
  process.stdout.write(`http://127.0.0.1:${listening}\n`);
});
