import { html, type Html } from '../pages/html.js';

/** What every chart says in words: read out by screen readers, and the title is shown above it by the page. */
export interface ChartWords {
  /** unique on the page: ids of the chart's parts are made from it */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

export interface ChartSize {
  /** of the viewBox, in units that are pixels at natural size */
  readonly width: number;
  readonly height: number;
}

/** An SVG that scales with its box and says what it shows. Colours are classes of the stylesheet: no chart carries its own. */
export function chartFrame(words: ChartWords, size: ChartSize, inside: Html): Html {
  return html`<svg
    class="chart"
    viewBox="0 0 ${size.width} ${size.height}"
    role="img"
    aria-labelledby="${words.id}-title ${words.id}-description"
  >
    <title id="${words.id}-title">${words.title}</title>
    <desc id="${words.id}-description">${words.description}</desc>
    ${inside}
  </svg>`;
}

export function notEnoughData(words: ChartWords): Html {
  return html`<div class="chart-empty" role="img" aria-label="${words.title}: not enough data yet">
    <span>not enough data yet</span>
  </div>`;
}

/** A coordinate with at most one decimal: charts are sent every few seconds. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
