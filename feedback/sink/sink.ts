import type { Clock } from '../../core/clock.js';
import type { Analytics } from '../analytics/analytics.js';
import type { EventLog } from '../event-log/event-log.js';
import { LogSink } from './log-sink.js';
import type { TitleNames } from './rows.js';
import { sinkSettings, type SinkSettings } from './sink-settings.js';
import type { SinkStats } from './sink-stats.js';
import { openSpool } from './spool/spool.js';

export interface SinkOptions extends Partial<SinkSettings> {
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly revisions: TitleNames;
  readonly clock: Clock;
  /** directory of the spool, this process's own; default: none, while analytics are away the log alone keeps what comes */
  readonly spoolDirectory?: string;
  /** takes a line per failure that is being retried; default: dropped */
  readonly onLog?: (line: string) => void;
}

/** Events → analytics. Rows first, offsets after: at least once, and the tables make of a replay what was there before. */
export interface Sink {
  /**
   * Resolves when every record that was in the log at the call is written and visible to queries, and the roll-ups tell of it; while analytics are
   * away it waits.
   * @throws AppError `log/closed` when the sink ends before that
   */
  drained(): Promise<void>;
  stats(): SinkStats;
  /** Stops reading, tries once to write what it holds, leaves the rest to the log. Idempotent. */
  close(): Promise<void>;
  /** resolves after `close`; rejects when the log could not be read on */
  readonly stopped: Promise<void>;
}

/**
 * Brings the tables up to date and starts writing. Memory is bounded by two batches. While analytics are away batches go into the spool; when that is full,
 * or there is none, the sink stops reading, and the log keeps the events. If they are away from the start it begins once they are there: only the tables
 * say where.
 *
 * @throws AppError `config/bad-value` | what `analytics.migrate` throws, but for `analytics/unavailable`
 */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const settings = sinkSettings(options);
  const { spoolDirectory: directory, onLog } = options;
  const spool =
    directory === undefined
      ? undefined
      : await openSpool({ directory, maxBytes: settings.spoolMaxBytes, ...(onLog && { onLog }) });
  const sink = new LogSink(options, settings, spool);
  await sink.start();
  return sink;
}
