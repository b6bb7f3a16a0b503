import { writeSync } from 'node:fs';
import { AppError } from '../../../../core/errors.js';
import { embeddedEventLog } from '../index.js';

/** A process to be killed: opens the log in argv[2], says `open` or the code and the owner of the refusal, and stays. */
try {
  await embeddedEventLog({ directory: process.argv[2]!, partitions: 1 });
  writeSync(1, 'open\n');
} catch (cause) {
  if (!(cause instanceof AppError)) throw cause;
  writeSync(1, `${cause.code} ${String(cause.detail?.['owner'])}\n`);
}
setInterval(() => undefined, 60_000);
