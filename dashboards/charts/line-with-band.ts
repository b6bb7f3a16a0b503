import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import { html, type Html } from '../pages/html.js';
import { chartFrame, notEnoughData, px, type ChartSize, type ChartWords } from './chart-frame.js';

export interface BandPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

export interface BandSeries {
  readonly label: string;
  /** gives the colour, see assets/marquee.css */
  readonly className: string;
  /** ascending in x */
  readonly points: readonly BandPoint[];
}

export interface LineWithBand extends ChartWords, ChartSize {
  readonly series: readonly BandSeries[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** most ticks on the x axis; default 5 */
  readonly xTicks?: number;
  /** a level that is drawn across and always in view, such as "no difference": values may be on either side of it. Absent: no value is below 0 */
  readonly reference?: number;
}

type Scale = ScaleLinear<number, number>;
const MARGIN = { top: 12, right: 14, bottom: 26, left: 44 } as const;
const LABEL_GAP = 15;

/** The y range leaves out the first 30 % of the time: an early band is as wide as the chart and would flatten the rest. It is cut off. */
function yDomain(series: readonly BandSeries[], reference: number | undefined): [number, number] {
  const xs = series.flatMap((s) => s.points.map((p) => p.x));
  const settled = Math.max(...xs) - (Math.max(...xs) - Math.min(...xs)) * 0.7;
  const points = series.flatMap((s) => s.points);
  const late = points.filter((p) => p.x >= settled);
  const low = Math.min(...late.map((p) => p.low));
  const high = Math.max(...late.map((p) => p.high));
  const pad = Math.max(1e-4, (high - low) * 0.12);
  if (reference === undefined) return [Math.max(0, low - pad), high + pad];
  return [Math.min(reference, low) - pad, Math.max(reference, high) + pad];
}

function axes(chart: LineWithBand, x: Scale, y: Scale): Html {
  const right = chart.width - MARGIN.right;
  const bottom = chart.height - MARGIN.bottom;
  const yTicks = y
    .ticks(4)
    .map(
      (tick) =>
        html`<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${px(y(tick))}" y2="${px(y(tick))}" />
          <text class="tick" x="${MARGIN.left - 6}" y="${px(y(tick) + 4)}" text-anchor="end"
            >${chart.formatY(tick)}</text
          >`,
    );
  const xTicks = x
    .ticks(chart.xTicks ?? 5)
    .map(
      (tick) =>
        html`<text class="tick" x="${px(x(tick))}" y="${bottom + 18}" text-anchor="middle"
          >${chart.formatX(tick)}</text
        >`,
    );
  return html`<g aria-hidden="true"
    >${yTicks}${xTicks}${referenceLine(chart, right, y)}<line
      class="axis"
      x1="${MARGIN.left}"
      x2="${right}"
      y1="${bottom}"
      y2="${bottom}"
  /></g>`;
}

function referenceLine({ reference }: LineWithBand, right: number, y: Scale): Html | undefined {
  if (reference === undefined) return undefined;
  const at = px(y(reference));
  return html`<line class="reference" x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}" />`;
}

/** Each line's label stands at its end, pushed apart where ends are close, so that no legend has to be matched by colour. */
function endLabels(series: readonly BandSeries[], x: Scale, y: Scale): Html[] {
  let lowest = -Infinity;
  return series
    .map((s) => ({ s, end: s.points.at(-1)! }))
    .sort((a, b) => b.end.y - a.end.y)
    .map(({ s, end }) => {
      const at = Math.max(y(end.y) - 8, lowest + LABEL_GAP);
      lowest = at;
      return html`<text
        class="line-label ${s.className}"
        x="${px(x(end.x) - 4)}"
        y="${px(at)}"
        text-anchor="end"
        >${s.label}</text
      >`;
    });
}

function drawnSeries(series: readonly BandSeries[], x: Scale, y: Scale): Html[] {
  const band = area<BandPoint>(
    (p) => x(p.x),
    (p) => y(p.low),
    (p) => y(p.high),
  )
    .curve(curveMonotoneX)
    .digits(1);
  const path = line<BandPoint>(
    (p) => x(p.x),
    (p) => y(p.y),
  )
    .curve(curveMonotoneX)
    .digits(1);
  return series.map((s) => {
    const end = s.points.at(-1)!;
    const points = [...s.points];
    return html`<g class="series ${s.className}"
      ><path class="band" d="${band(points)}" /><path class="line" d="${path(points)}" />
      <line
        class="whisker"
        x1="${px(x(end.x))}"
        x2="${px(x(end.x))}"
        y1="${px(y(end.low))}"
        y2="${px(y(end.high))}" /><circle class="end" cx="${px(x(end.x))}" cy="${px(y(end.y))}" r="4"
    /></g>`;
  });
}

/**
 * Lines over time, each with its interval as a band behind it. A series of one point is a dot with a whisker.
 *
 * @returns an SVG, or "not enough data yet" when no series has a point
 */
export function lineWithBand(chart: LineWithBand): Html {
  const series = chart.series.filter((s) => s.points.length > 0);
  if (series.length === 0) return notEnoughData(chart);
  const xs = series.flatMap((s) => s.points.map((p) => p.x));
  const x = scaleLinear([Math.min(...xs), Math.max(...xs)], [MARGIN.left, chart.width - MARGIN.right]);
  const y = scaleLinear(yDomain(series, chart.reference), [chart.height - MARGIN.bottom, MARGIN.top]);
  const clip = `${chart.id}-clip`;
  return chartFrame(
    chart,
    chart,
    html`<clipPath id="${clip}"
        ><rect
          x="${MARGIN.left}"
          y="0"
          width="${chart.width - MARGIN.left}"
          height="${chart.height - MARGIN.bottom}"
      /></clipPath>
      ${axes(chart, x, y)}<g clip-path="url(#${clip})">${drawnSeries(series, x, y)}</g
      >${endLabels(series, x, y)}`,
  );
}
