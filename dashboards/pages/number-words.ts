/** Narrow, and never broken over two lines. */
const SPACE = '\u202f';

/** 0.1234 → "12.3 %"; below 1 % there are always two decimals. */
export function percentText(share: number, digits = 1): string {
  const percent = share * 100;
  if (percent !== 0 && Math.abs(percent) < 1 && digits < 2) return `${percent.toFixed(2)}${SPACE}%`;
  return `${percent.toFixed(digits)}${SPACE}%`;
}

/** 1234567 → "1,234,567". */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** +0.31 → "+31 %", −0.052 → "−5 %". */
export function signedPercentText(share: number): string {
  const percent = Math.round(share * 100);
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)}${SPACE}%`;
}

/** +0.052 → "+5.2 %", −0.31 → "−31 %": one decimal below 10 %, so that small effects stay apart from none. */
export function liftText(share: number): string {
  const sign = share < 0 ? '−' : '+';
  return `${sign}${effectText(share)}`;
}

/** The size alone: −0.052 → "5.2 %", 0.21 → "21 %". */
export function effectText(share: number): string {
  const percent = Math.abs(share) * 100;
  return `${Number(percent.toFixed(percent < 9.95 ? 1 : 0))}${SPACE}%`;
}

/** 0.0312 → "= 0.031", 0.00001 → "< 0.0001": as it stands after "p". */
export function probabilityText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toPrecision(2)}`;
}

const DURATIONS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** 60000 → "1 minute", 604800000 → "7 days": in the largest unit of which there is at least one. */
export function durationText(ms: number): string {
  const [unitMs, name] = DURATIONS.find(([of]) => ms >= of) ?? DURATIONS[3];
  const count = Math.round((ms / unitMs) * 10) / 10;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
