import { html, type Html } from '../pages/html.js';

export interface DotWhisker {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** ends of the axis, shared by the rows that are compared; max > min */
  readonly min: number;
  readonly max: number;
  /** what it says in words */
  readonly label: string;
  readonly className?: string;
  /** a value that is marked, such as "no difference"; within the ends */
  readonly reference?: number;
}

const percent = (share: number): string => `${Math.round(Math.max(0, Math.min(1, share)) * 1_000) / 10}%`;

/** One estimate with its uncertainty on one line, as wide as its box: positions are percentages, so nothing is distorted. */
export function dotWhisker(row: DotWhisker): Html {
  const span = row.max - row.min;
  if (!(span > 0) || !Number.isFinite(row.mean)) {
    return html`<span class="chart-empty" role="img" aria-label="${row.label}: not enough data yet"
      >not enough data yet</span
    >`;
  }
  const at = (value: number): string => percent((value - row.min) / span);
  return html`<svg
    class="dot-whisker ${row.className}"
    width="100%"
    height="16"
    role="img"
    aria-label="${row.label}"
  >
    <title>${row.label}</title>
    <line class="track" x1="0%" x2="100%" y1="8" y2="8" />
    ${reference(row, at)}
    <line class="whisker" x1="${at(row.low)}" x2="${at(row.high)}" y1="8" y2="8" />
    <circle class="dot" cx="${at(row.mean)}" cy="8" r="5" />
  </svg>`;
}

function reference(row: DotWhisker, at: (value: number) => string): Html | undefined {
  if (row.reference === undefined) return undefined;
  const x = at(row.reference);
  return html`<line class="reference" x1="${x}" x2="${x}" y1="0" y2="16" />`;
}

/** A probability as a bar over the full width. */
export function shareBar(share: number, label: string, className = ''): Html {
  return html`<svg class="share-bar ${className}" width="100%" height="8" role="img" aria-label="${label}">
    <title>${label}</title>
    <rect class="track" width="100%" height="8" rx="4" />
    <rect class="bar" width="${percent(share)}" height="8" rx="4" />
  </svg>`;
}
