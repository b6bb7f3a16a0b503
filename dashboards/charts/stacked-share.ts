import { scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, stack, stackOffsetExpand } from 'd3-shape';
import { html, type Html } from '../pages/html.js';
import { chartFrame, notEnoughData, px, type ChartSize, type ChartWords } from './chart-frame.js';

export interface SharePart {
  readonly key: string;
  readonly label: string;
}

export interface SharePoint {
  readonly x: number;
  /** per part key; a missing one is 0 */
  readonly counts: ReadonlyMap<string, number>;
}

export interface StackedShare extends ChartWords, ChartSize {
  /** drawn from the bottom in this order; the n-th has the colour class `share-n` */
  readonly parts: readonly SharePart[];
  /** ascending in x */
  readonly points: readonly SharePoint[];
}

const AXIS_HEIGHT = 4;

/**
 * How a whole divides over time: areas that always add up to the full height.
 *
 * @returns an SVG, or "not enough data yet" with fewer than two points that count anything
 */
export function stackedShare(chart: StackedShare): Html {
  const points = chart.points.filter((point) =>
    chart.parts.some((part) => (point.counts.get(part.key) ?? 0) > 0),
  );
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return notEnoughData(chart);
  const x = scaleLinear([first.x, last.x], [0, chart.width]);
  const y = scaleLinear([0, 1], [chart.height - AXIS_HEIGHT, 0]);
  const layers = stack<SharePoint, string>()
    .keys(chart.parts.map((part) => part.key))
    .value((point, key) => point.counts.get(key) ?? 0)
    .offset(stackOffsetExpand)([...points]);
  const shape = area<{ 0: number; 1: number; data: SharePoint }>(
    (p) => x(p.data.x),
    (p) => y(p[0]),
    (p) => y(p[1]),
  )
    .curve(curveMonotoneX)
    .digits(1);
  const areas = layers.map(
    (layer, i) =>
      html`<path class="share share-${i}" d="${shape(layer)}"><title>${chart.parts[i]!.label}</title></path>`,
  );
  const bottom = px(chart.height - AXIS_HEIGHT);
  return chartFrame(
    chart,
    chart,
    html`${areas}<line class="axis" x1="0" x2="${chart.width}" y1="${bottom}" y2="${bottom}" />`,
  );
}
