import { writeSync } from 'node:fs';
import { embeddedEventLog } from '../index.js';

/**
 * A process to be killed: appends batches to the log in argv[2] for ever, under keys that begin with argv[3], and tells on standard output
 * each one that was acknowledged: `<topic> <first sequence> <count>\n`. Every key counts its records from 0.
 */
const [, , directory, run] = process.argv;
const KEYS = 5;
const log = await embeddedEventLog({ directory: directory!, partitions: 3, segmentBytes: 20_000 });

async function appendForEver(
  topic: 'plays' | 'impressions',
  durability: 'written' | 'synced',
  perKey: number,
): Promise<never> {
  for (let sequence = 0; ; sequence += perKey) {
    const batch = Array.from({ length: KEYS * perKey }, (_, i) => ({
      key: `${run}-${i % KEYS}`,
      value: Buffer.from(String(sequence + Math.floor(i / KEYS)).padStart(1 + (sequence % 60), '0')),
      timestampMs: sequence,
    }));
    await log.append(topic, batch, durability);
    // The pipe keeps what a killed process wrote: an acknowledgement that was told was told.
    writeSync(1, `${topic} ${sequence} ${perKey}\n`);
  }
}

await Promise.all([appendForEver('plays', 'synced', 3), appendForEver('impressions', 'written', 7)]);
