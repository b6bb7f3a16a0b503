import type { EventLog } from '../event-log/event-log.js';
import type { LabelEvent } from '../events/events.js';
import { LabelFence } from '../events/label-fence.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import { readLabels } from './labels-reader.js';

/** Every label of the log that counts, partition by partition, in offset order. */
export async function countedLabels(log: EventLog, group = 'counted-labels'): Promise<LabelEvent[]> {
  const labels: LabelEvent[] = [];
  for (const [partition, to] of (await log.endOffsets('labels')).entries()) {
    const fence = new LabelFence();
    await readLabels(log, partition, { from: 0, to, group }, (records) => {
      for (const { value } of records) {
        const record = decodeLabelsRecord(value);
        if (fence.take(record) === 'counts' && record.kind === 'label') labels.push(record.label);
      }
      return Promise.resolve();
    });
  }
  return labels;
}
