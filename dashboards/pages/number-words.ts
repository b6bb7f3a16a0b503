/** 0.1234 → "12.3 %"; small ones keep two significant digits. */
export function percentText(share: number, digits = 1): string {
  const percent = share * 100;
  if (percent !== 0 && Math.abs(percent) < 1 && digits < 2) return `${percent.toFixed(2)} %`;
  return `${percent.toFixed(digits)} %`;
}

/** 1234567 → "1,234,567". */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** +0.31 → "+31 %", −0.052 → "−5 %". */
export function signedPercentText(share: number): string {
  const percent = Math.round(share * 100);
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}

/** How long after the start, in the largest unit that is readable: "45 s", "3 min", "2 h", "4 d". */
export function elapsedText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6_000) return `${Math.round((seconds / 60) * 10) / 10} min`;
  const hours = seconds / 3_600;
  return hours < 48 ? `${Math.round(hours * 10) / 10} h` : `${Math.round((hours / 24) * 10) / 10} d`;
}
