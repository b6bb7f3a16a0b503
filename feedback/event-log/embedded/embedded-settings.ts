import { type Clock, systemClock } from '../../../core/clock.js';
import { AppError, shown } from '../../../core/errors.js';
import type { Recovered } from './partition-log.js';
import type { Dropped, Retention } from './retention.js';

export interface EmbeddedEventLogOptions {
  readonly directory: string;
  /** fixed when the log is made; 1 … 1,024 */
  readonly partitions: number;
  readonly clock?: Clock;
  /** a segment is closed by the first write after it has reached this size; opening checks every byte of each partition's last one; default 16 MiB */
  readonly segmentBytes?: number;
  /** … or this age; default 1 day */
  readonly segmentMs?: number;
  /** most bytes of key + value; default 1 MiB */
  readonly maxRecordBytes?: number;
  /** appended but not yet written: beyond this `append` throws `request/overloaded`; default 64 MiB */
  readonly maxPendingBytes?: number;
  /** records appended as `written` are fsynced at the latest so long after; default 1,000 */
  readonly fsyncIntervalMs?: number;
  /** newest bytes of each partition kept in memory for consumers that keep up; default 1 MiB */
  readonly tailBytes?: number;
  readonly retention?: Partial<Retention>;
  /** told when a torn tail was cut off on opening */
  readonly onRecovered?: (recovered: Recovered) => void;
  /** told when retention has dropped segments */
  readonly onDropped?: (dropped: Dropped) => void;
}

const DAY_MS = 86_400_000;
const MIB = 1 << 20;
const DEFAULTS = {
  clock: systemClock,
  segmentBytes: 16 * MIB,
  segmentMs: DAY_MS,
  maxRecordBytes: MIB,
  maxPendingBytes: 64 * MIB,
  fsyncIntervalMs: 1_000,
  tailBytes: MIB,
  onRecovered: () => undefined,
  onDropped: () => undefined,
} satisfies Partial<EmbeddedEventLogOptions>;
const DEFAULT_RETENTION: Retention = {
  maxAgeMs: 7 * DAY_MS,
  maxBytes: 1024 * MIB,
  unreadMaxBytes: 8 * 1024 * MIB,
};

/** Every option, with its default where none was given. */
export type Settings = Required<Omit<EmbeddedEventLogOptions, 'retention'>> & {
  readonly retention: Retention;
};

/** @throws AppError `config/bad-value` */
export function embeddedSettings(options: EmbeddedEventLogOptions): Settings {
  const settings = { ...DEFAULTS, ...options, retention: { ...DEFAULT_RETENTION, ...options.retention } };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: Settings): void {
  const { partitions } = settings;
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= 1_024)) {
    throw new AppError(
      'config/bad-value',
      `partitions is ${shown(partitions)}; expected an integer from 1 to 1024`,
    );
  }
  for (const name of [
    'segmentBytes',
    'segmentMs',
    'maxRecordBytes',
    'maxPendingBytes',
    'fsyncIntervalMs',
    'tailBytes',
  ] as const) {
    if (!(settings[name] > 0))
      throw new AppError('config/bad-value', `${name} is ${shown(settings[name])}; expected > 0`);
  }
}
