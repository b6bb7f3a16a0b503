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
