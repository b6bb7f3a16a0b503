import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.js';
import { lmdbKeyValue } from '../../features/key-value/lmdb/index.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import { REVISIONS, SCHEMA } from '../../feedback/join/joined-events.fixture.js';
import { startLearner } from '../../feedback/update/start-learner.js';
import { openKafka } from './kafka-log.js';
import type { LearnerReport, LearnerStart } from './learner-process.js';
import { LEARNED_MODEL } from './learned-model.js';

/** A learner of the group's share of the partitions, in a process that may be killed, stopped and continued. Answers `{drained}` with a report. */
const start = JSON.parse(process.argv[2]!) as LearnerStart;
const log = await openKafka(start);
const learner = await startLearner({
  log: start.slowMs === undefined ? log : slow(log, start.slowMs),
  store: lmdbKeyValue({ path: join(start.directory, 'learner') }),
  revisions: REVISIONS,
  schema: SCHEMA,
  models: [LEARNED_MODEL],
  clock: systemClock,
  settings: { checkpointIntervalMs: 200 },
  onSnapshot: () => undefined,
});
learner.stopped.catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});

process.on('message', ({ drained }: { drained: boolean }) => {
  void (async () => {
    if (drained) await learner.drained();
    const report: LearnerReport = {
      stats: learner.stats(),
      hash: learner.hash(),
      ...learner.totals(LEARNED_MODEL.key),
      residentBytes: process.memoryUsage().rss,
    };
    process.send!(report);
  })();
});

function slow(fast: EventLog, ms: number): EventLog {
  return {
    partitions: fast.partitions,
    append: async (...given) => {
      await wait(ms);
      return fast.append(...given);
    },
    consume: (options) => fast.consume(options),
    endOffsets: (topic) => fast.endOffsets(topic),
    close: () => fast.close(),
  };
}
