import { AppError } from '../core/errors.js';
import { MAX_ARMS } from './policy.js';

/** Arms of many slates, side by side: slate s has the arms starts[s] … starts[s + 1] − 1. */
export interface SlateRun {
  /** n ≥ 0 */
  readonly count: number;
  /** shape (≥ n + 1): rising, each slate of 1 … 200 arms */
  readonly starts: Int32Array;
}

/** A run with what its arms are scored by. */
export interface ContextRun extends SlateRun {
  /** shape (≥ starts[n]): the model row of each arm */
  readonly rows: Int32Array;
  /** shape (≥ starts[n], d), row-major: x = φ(member, title, artwork, request) */
  readonly contexts: Float32Array;
}

/** @throws AppError `bandit/empty-slate` | `bandit/bad-shape` */
export function checkSlateRun({ count, starts }: SlateRun, room: number): void {
  if (!(Number.isInteger(count) && count >= 0 && count < starts.length))
    throw new AppError('bandit/bad-shape', `${count} slates, ${starts.length} starts; expected n and n + 1`);
  for (let s = 0; s < count; s++) checkSize(starts[s + 1]! - starts[s]!, s);
  if (starts[0]! < 0 || starts[count]! > room)
    throw new AppError(
      'bandit/bad-shape',
      `slates from ${starts[0]} to ${starts[count]}; expected within buffers of ${room}`,
    );
}

/** @throws AppError `bandit/empty-slate` (K < 1) | `bandit/bad-shape` (K > 200) */
export function checkSize(size: number, slate: number): void {
  if (!(size >= 1))
    throw new AppError('bandit/empty-slate', `slate ${slate} has ${size} arms; expected at least 1`);
  if (!(size <= MAX_ARMS))
    throw new AppError('bandit/bad-shape', `slate ${slate} has ${size} arms; expected at most ${MAX_ARMS}`);
}
