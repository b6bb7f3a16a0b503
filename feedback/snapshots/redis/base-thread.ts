import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../core/errors.js';
import type { RedisKeyValueOptions } from '../../../features/key-value/redis/index.js';
// Not by its index: a thread that starts with a whole client takes its time.
import { redisValues } from '../../../features/key-value/redis/redis-values.js';
import { storeBaseSource, type NamedBase } from '../base-source.js';
import { SharedParts, Stopped, type FromReader, type ToReader } from './shared-parts.js';

/** The thread that redisBaseSource starts: reads bases over a connection of its own, one at a time, and passes their parts on in shared memory. */
const port = parentPort!;
// Where they share a core the serving thread goes first. On Linux a priority is a thread's own; elsewhere it would be the whole process's.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
const pass = (message: FromReader): void => {
  port.postMessage(message);
};
const bases = storeBaseSource(redisValues(workerData as RedisKeyValueOptions));
const parts = new SharedParts(pass);

async function answer(read: number, base: NamedBase): Promise<void> {
  parts.begin(read);
  try {
    const isThere = await bases.read(base, (part) => parts.add(part));
    await parts.flush();
    pass({ kind: 'end', read, isThere });
  } catch (error) {
    if (error instanceof Stopped) pass({ kind: 'end', read, isThere: false });
    else if (error instanceof AppError)
      pass({ kind: 'fault', read, code: error.code, message: error.message });
    else pass({ kind: 'fault', read, code: 'internal', message: String(error) });
  }
}

port.on('message', (message: ToReader) => {
  if (message.kind === 'read') void answer(message.read, message);
  else if (message.kind === 'taken') parts.taken(message.read, message.buffer);
  else parts.stop(message.read);
});
