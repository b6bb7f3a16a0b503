import { AppError } from '../../core/errors.js';
import type { RevisionLookup } from '../../features/title-revision.js';
import type { ShownRecord, ShownStore } from '../../features/shown-store.js';
import type { Batch, Consumer, EventLog } from '../event-log/event-log.js';
import { decodeLabelsRecord } from '../events/labels-record.js';
import { retry } from '../sink/retry.js';

export interface ShownKeeperOptions {
  readonly log: EventLog;
  readonly revisions: RevisionLookup;
  readonly shown: ShownStore;
  /** default `shown` */
  readonly group?: string;
  /** first and longest wait before what failed is tried again; default 100 and 5,000 */
  readonly retryDelaysMs?: { readonly first: number; readonly longest: number };
  /** the store failed: it is tried again. Must not throw */
  readonly onFault: (error: unknown) => void;
}

export interface ShownKeeper {
  /** resolves after `close`; rejects when the log could not be read on */
  readonly stopped: Promise<void>;
  /** Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * Keeps what members were shown up to date with the labels of trials: each is an impression that was displayed, joined with its decision and counted once by its id.
 * Processes with the same group share the partitions. A partition nothing is known of begins with what comes from now on.
 */
export async function startShownKeeper(options: ShownKeeperOptions): Promise<ShownKeeper> {
  const { log, shown, onFault, group = 'shown' } = options;
  const { first: minDelayMs, longest: maxDelayMs } = options.retryDelaysMs ?? { first: 100, longest: 5_000 };
  const closing = new AbortController();
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retry(work, { minDelayMs, maxDelayMs, signal: closing.signal, onFailure: onFault });
  const begin = async (fromEnd: boolean): Promise<Consumer> => {
    // Asked now: what comes while partitions are handed out is not to be missed.
    const ends = await log.endOffsets('labels');
    return await log.consume({
      group,
      topics: ['labels'],
      async startAt(_, partition) {
        const known = fromEnd ? undefined : await patiently(() => shown.offset(partition));
        return known ?? ends[partition];
      },
      onBatch: (batch) => patiently(() => take(options, batch)),
    });
  };
  let consumer = await begin(false);
  const stopped = consumer.stopped
    .catch(async (error: unknown) => {
      if (!isGone(error) || closing.signal.aborted) throw error;
      // The log no longer has what was not taken in: what was shown then is not known.
      onFault(error);
      consumer = await begin(true);
      await consumer.stopped;
    })
    .catch((error: unknown) => {
      if (!closing.signal.aborted) throw error;
    });
  stopped.catch(() => undefined);
  return {
    stopped,
    async close() {
      closing.abort();
      await consumer.close();
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof AppError && error.code === 'log/offset-out-of-range';
}

async function take({ revisions, shown }: ShownKeeperOptions, { partition, records }: Batch): Promise<void> {
  const trials = records.flatMap(({ offset, value }) => {
    const record = decodeLabelsRecord(value);
    return record.kind === 'label' && record.label.kind === 'trial' ? [{ offset, label: record.label }] : [];
  });
  const next = records.at(-1)!.offset + 1;
  await revisions.catchUp?.(trials.map(({ label }) => label.titleRevision));
  const told = trials.flatMap(({ offset, label }): ShownRecord[] => {
    const artworkRow = revisions.revision(label.titleRevision)?.artworkRows[label.arm];
    if (artworkRow === undefined) return [];
    const atSeconds = Math.floor(label.impressionAtMs / 1000);
    return [{ offset, memberId: label.memberId, artworkRow, atSeconds }];
  });
  await shown.add(partition, told, next);
}
