import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, shown } from '../../../core/errors.js';
import { type Topic, TOPICS } from '../event-log.js';
import { replaceFile, syncDirectory } from '../../files/durable-file.js';
import { PartitionLog, type PartitionSettings, type Recovered } from './partition-log.js';

/**
 *   <directory>/log.json                 format and number of partitions, fixed when the log is made
 *               owner.lock               owned-directory.ts
 *               groups.json              group-offsets.ts
 *               <topic>/<partition>/<first offset>.segment
 */
export function partitionDirectory(directory: string, topic: Topic, partition: number): string {
  return join(directory, topic, String(partition));
}

/** @throws AppError `config/bad-value` when the log was made with another number of partitions */
export async function checkLayout(directory: string, partitions: number): Promise<void> {
  const path = join(directory, 'log.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  });
  if (text === undefined) {
    await replaceFile(path, `${JSON.stringify({ format: 1, partitions })}\n`);
    return;
  }
  const layout = parseLayout(text);
  if (layout.format !== 1)
    throw new AppError('log/corrupt', `log.json has ${shown(text)}; expected format 1`);
  if (layout.partitions !== partitions) {
    const had = shown(layout.partitions);
    throw new AppError(
      'config/bad-value',
      `partitions is ${partitions}; expected ${had}, which the log in ${directory} was made with`,
    );
  }
}

function parseLayout(text: string): { format?: unknown; partitions?: unknown } {
  try {
    return JSON.parse(text) as { format?: unknown; partitions?: unknown };
  } catch (cause) {
    throw new AppError('log/corrupt', `log.json has ${shown(text)}; expected JSON`, undefined, cause);
  }
}

/** @returns every partition of every topic, recovered and ready to write. @throws AppError `log/corrupt` */
export async function openPartitions(
  directory: string,
  partitions: number,
  settings: PartitionSettings,
  onRecovered: (recovered: Recovered) => void,
): Promise<Map<Topic, PartitionLog[]>> {
  const opened = new Map<Topic, PartitionLog[]>();
  try {
    for (const topic of TOPICS) {
      await mkdir(join(directory, topic), { recursive: true });
      const logs: PartitionLog[] = [];
      opened.set(topic, logs);
      for (let partition = 0; partition < partitions; partition++) {
        const place = { topic, partition, directory: partitionDirectory(directory, topic, partition) };
        logs.push(await PartitionLog.open(place, settings, onRecovered));
      }
      await syncDirectory(join(directory, topic));
    }
    await syncDirectory(directory);
    return opened;
  } catch (cause) {
    await Promise.all([...opened.values()].flat().map((log) => log.close()));
    throw cause;
  }
}
