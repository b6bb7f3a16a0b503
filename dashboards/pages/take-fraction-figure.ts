import { lineWithBand } from '../charts/line-with-band.js';
import { liftEstimate } from '../statistics/ratio-metric.js';
import { html, type Html } from './html.js';
import type { LiveResults, VariantResult } from './live-results.js';
import { countText, percentText, signedPercentText } from './number-words.js';
import { CONTEXTUAL_POLICIES, policyLook } from './policy-names.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The unit in which a span reads best, so that an axis has round ticks. */
function timeUnit(spanMs: number): { readonly ms: number; readonly name: string } {
  if (spanMs < 3 * MINUTE_MS) return { ms: 1_000, name: 's' };
  if (spanMs < 3 * HOUR_MS) return { ms: MINUTE_MS, name: 'min' };
  return spanMs < 72 * HOUR_MS ? { ms: HOUR_MS, name: 'h' } : { ms: 24 * HOUR_MS, name: 'd' };
}

/** The number a person came for, per policy, with its interval. */
function bigNumber(result: VariantResult): Html {
  const look = policyLook(result.policy);
  const { estimate } = result;
  return html`<div class="big-number ${look.className}" data-policy="${result.policy}">
    <dt><span class="dot" aria-hidden="true"></span>${look.label}</dt>
    <dd>
      ${
        estimate === undefined
          ? html`<span class="muted">not enough data yet</span>`
          : html`<strong>${percentText(estimate.ratio)}</strong
              ><span class="muted">${percentText(estimate.low)} – ${percentText(estimate.high)}</span>`
      }
    </dd>
  </div>`;
}

/** How the contextual policy compares with each other one, in a sentence that claims no more than the interval does. */
function comparison(results: LiveResults): Html[] {
  const contextual = results.variants.find((v) => CONTEXTUAL_POLICIES.includes(v.policy));
  if (contextual?.estimate === undefined) return [];
  const { estimate } = contextual;
  return results.variants.flatMap((other) => {
    if (other === contextual || other.estimate === undefined) return [];
    const lift = liftEstimate(estimate, other.estimate, results.confidence);
    if (lift === undefined) return [];
    const apart = lift.low > 0 ? 'ahead so far' : lift.high < 0 ? 'behind so far' : 'not yet told apart';
    return [
      html`<li class="${policyLook(other.policy).className}">
        <strong>${signedPercentText(lift.lift)}</strong>
        <span
          >over ${policyLook(other.policy).label.toLowerCase()}
          <span class="muted"
            >(${signedPercentText(lift.low)} to ${signedPercentText(lift.high)}: ${apart})</span
          ></span
        >
      </li>`,
    ];
  });
}

function numbersRow(result: VariantResult): Html {
  const { moments, estimate } = result;
  return html`<tr>
    <th scope="row">
      <span class="dot ${policyLook(result.policy).className}" aria-hidden="true"></span
      >${policyLook(result.policy).label}
    </th>
    <td>${countText(moments.members)}</td>
    <td>${countText(moments.impressions)}</td>
    <td>${countText(moments.plays)}</td>
    <td>${estimate === undefined ? '–' : percentText(estimate.ratio, 2)}</td>
    <td>${estimate === undefined ? '–' : percentText(estimate.low, 2)}</td>
    <td>${estimate === undefined ? '–' : percentText(estimate.high, 2)}</td>
  </tr>`;
}

function numbersTable(results: LiveResults): Html {
  return html`<details>
    <summary>The numbers</summary>
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Members</th>
            <th scope="col">Impressions</th>
            <th scope="col">Good plays</th>
            <th scope="col">Take fraction</th>
            <th scope="col">Low</th>
            <th scope="col">High</th>
          </tr>
        </thead>
        <tbody>
          ${results.variants.map(numbersRow)}
        </tbody>
      </table>
    </div>
    <p class="fine">
      Take fraction: good plays ÷ impressions. Intervals at ${results.confidence * 100} %, by the delta method
      with members as the unit. Each is right for one look at a planned moment (fixed horizon); watching the
      band and stopping when it pleases would find differences that are not there. Impressions count at once
      and their plays may still come, for every policy alike.
    </p>
  </details>`;
}

function takeFractionChart(results: LiveResults): Html {
  const { period, variants, size } = results;
  const unit = timeUnit(period.lastAtMs - period.firstAtMs);
  const said = variants.flatMap(({ policy, estimate }) =>
    estimate === undefined
      ? []
      : [
          `${policyLook(policy).label} ${percentText(estimate.ratio)} (${percentText(estimate.low)} to ${percentText(estimate.high)})`,
        ],
  );
  return lineWithBand({
    id: 'take-fraction',
    title: 'Take fraction of each policy over time',
    description: `Good plays per impression since the start, with ${results.confidence * 100} % intervals. ${said.join('; ')}`,
    ...(size === 'narrow' ? { width: 380, height: 230, xTicks: 4 } : { width: 1000, height: 380, xTicks: 8 }),
    series: variants.map(({ policy, history }) => ({
      label: policyLook(policy).label,
      className: policyLook(policy).className,
      points: history.map(({ untilMs, ratio, low, high }) => ({
        x: (untilMs - period.firstAtMs) / unit.ms,
        y: ratio,
        low,
        high,
      })),
    })),
    formatX: (x) => `${x} ${unit.name}`,
    formatY: (y) => `${Math.round(y * 1_000) / 10} %`,
  });
}

/** Take fraction of the policies over time: numbers, chart, table. */
export function takeFractionFigure(results: LiveResults): Html {
  const compared = comparison(results);
  return html`<section class="figure" data-region="take-fraction" aria-labelledby="take-fraction-heading">
    <h2 id="take-fraction-heading">Which policy leads to more good plays?</h2>
    <dl class="big-numbers">${results.variants.map(bigNumber)}</dl>
    ${
      compared.length === 0
        ? ''
        : html`<div class="comparison">
            <p>Contextual, compared with the others:</p>
            <ul>
              ${compared}
            </ul>
          </div>`
    }
    <figure>
      ${takeFractionChart(results)}
      <figcaption class="fine">
        Displayed titles that led to a good play, from the start until each moment, with
        ${results.confidence * 100} % intervals, each for one look: not a rule for when to stop. The newest
        stretch looks low until its plays have arrived.
      </figcaption>
    </figure>
    ${numbersTable(results)}
  </section>`;
}
