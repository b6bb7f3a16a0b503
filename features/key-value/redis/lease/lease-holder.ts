import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyClock } from '../../../../core/clock.js';
import { AppError } from '../../../../core/errors.js';
import { systemTimers } from '../../../../core/timers.js';
import { keepLease, type Lease } from '../../lease.js';
import { redisKeyValue } from '../redis-key-value.js';

/**
 * A process that may be frozen: keeps the lease `work` on the Redis at argv[2] as the holder argv[3] for argv[4] ms, and writes `<holder> <token>` to the key
 * `work`, guarded, again and again with the last lease it had, lost or not. Says on standard output what happened: `held 1`, `wrote 1`, `refused 1`, `lost`.
 */
const [url, holder, ttlMs] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])];
const say = (line: string): void => void writeSync(1, `${line}\n`);
const store = redisKeyValue({ urls: [url], namespace: 'lease' });
let lease: Lease | undefined;
await keepLease({
  ...{ store, name: 'work', holder, ttlMs, clock: steadyClock, timers: systemTimers },
  onHeld(held) {
    lease = held;
    say(`held ${held.token}`);
  },
  onLost: () => say('lost'),
});
say('looked');
for (;;) {
  if (lease !== undefined) {
    const work = Buffer.from(`${holder} ${lease.token}`);
    try {
      await store.write({ expect: lease.guard(), puts: [['work', work]] });
      say(`wrote ${lease.token}`);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'store/conflict')) throw error;
      say(`refused ${lease.token}`);
    }
  }
  await sleep(10);
}
