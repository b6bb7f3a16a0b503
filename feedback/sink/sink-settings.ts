import { AppError, shown } from '../../core/errors.js';

export interface SinkSettings {
  /** consumer group, default 'sink'. A new name reads the log from its beginning. */
  readonly group: string;
  /** a batch is written when it has this many rows, default 20,000, … */
  readonly batchRows: number;
  /** … or is this old, default 1,000 */
  readonly maxBatchAgeMs: number;
  /** first wait after analytics failed, default 100; it doubles … */
  readonly minRetryDelayMs: number;
  /** … up to this, default 5,000 */
  readonly maxRetryDelayMs: number;
  /** roll-ups of an hour are rebuilt at most so often, an older hour's less often; default 5,000 */
  readonly rollUpIntervalMs: number;
  /** probability with which the slots of a page become rows of `decided_slots`, in [0, 1]; default 0.01 */
  readonly slotSampleRate: number;
  /** with a spool: a batch that could not be inserted for so long goes there, default 5,000 */
  readonly spoolAfterMs: number;
  /** most bytes of the spool, default 1 GiB; then the sink stops reading */
  readonly spoolMaxBytes: number;
}

const DEFAULTS: SinkSettings = {
  group: 'sink',
  batchRows: 20_000,
  maxBatchAgeMs: 1_000,
  minRetryDelayMs: 100,
  maxRetryDelayMs: 5_000,
  rollUpIntervalMs: 5_000,
  slotSampleRate: 0.01,
  spoolAfterMs: 5_000,
  spoolMaxBytes: 1 << 30,
};

/** largest wait setTimeout takes */
const MOST_MS = 2 ** 31 - 1;
const RANGES = {
  batchRows: [1, 1_000_000],
  maxBatchAgeMs: [1, MOST_MS],
  minRetryDelayMs: [1, MOST_MS],
  maxRetryDelayMs: [1, MOST_MS],
  rollUpIntervalMs: [1, MOST_MS],
  spoolAfterMs: [0, MOST_MS],
  spoolMaxBytes: [1, Number.MAX_SAFE_INTEGER],
} as const;

/** @throws AppError `config/bad-value` */
export function sinkSettings(given: Partial<SinkSettings>): SinkSettings {
  const settings: SinkSettings = {
    group: given.group ?? DEFAULTS.group,
    batchRows: given.batchRows ?? DEFAULTS.batchRows,
    maxBatchAgeMs: given.maxBatchAgeMs ?? DEFAULTS.maxBatchAgeMs,
    minRetryDelayMs: given.minRetryDelayMs ?? DEFAULTS.minRetryDelayMs,
    maxRetryDelayMs: given.maxRetryDelayMs ?? DEFAULTS.maxRetryDelayMs,
    rollUpIntervalMs: given.rollUpIntervalMs ?? DEFAULTS.rollUpIntervalMs,
    slotSampleRate: given.slotSampleRate ?? DEFAULTS.slotSampleRate,
    spoolAfterMs: given.spoolAfterMs ?? DEFAULTS.spoolAfterMs,
    spoolMaxBytes: given.spoolMaxBytes ?? DEFAULTS.spoolMaxBytes,
  };
  if (!(settings.slotSampleRate >= 0 && settings.slotSampleRate <= 1)) {
    throw new AppError(
      'config/bad-value',
      `sink slotSampleRate is ${shown(settings.slotSampleRate)}; expected a number in [0, 1]`,
    );
  }
  if (settings.group === '') throw new AppError('config/bad-value', 'sink group is ""; expected a name');
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = settings[name as keyof typeof RANGES];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new AppError(
        'config/bad-value',
        `sink ${name} is ${shown(value)}; expected a whole number in [${least}, ${most}]`,
      );
    }
  }
  return settings;
}
