import type { ExplainedArm, Explanation } from '../../client/types.js';
import { dotWhisker, shareBar } from '../charts/dot-whisker.js';
import { twoSidedZ } from '../statistics/ratio-metric.js';
import { html, type Html } from './html.js';
import { percentText } from './number-words.js';
import { policyLook } from './policy-names.js';
import { whySentence } from './why-sentence.js';

const CONFIDENCE = 0.95;
const MOST_FEATURES = 4;

interface Axis {
  readonly min: number;
  readonly max: number;
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

const intervalOf = (arm: ExplainedArm): Interval => {
  const margin = twoSidedZ(CONFIDENCE) * arm.deviation;
  return { low: arm.mean - margin, high: arm.mean + margin };
};

/** One axis for all pictures, from 0 (or the lowest mean, if a model says less) to just beyond the widest interval; a linear model may say > 1. */
function axisOf(arms: readonly ExplainedArm[]): Axis {
  const offered = arms.filter((arm) => arm.offered);
  const min = Math.min(0, ...offered.map((arm) => arm.mean));
  return { min, max: Math.max(0.01, ...offered.map((arm) => Math.min(1, intervalOf(arm).high) * 1.04)) };
}

function armRow(arm: ExplainedArm, axis: Axis): Html {
  const name = arm.label ?? arm.artworkId;
  const { low, high } = intervalOf(arm);
  const { min, max } = axis;
  const prediction =
    arm.deviation > 0
      ? `${name}: predicted take fraction ${percentText(arm.mean)}, ${CONFIDENCE * 100} % between ${percentText(low)} and ${percentText(high)}`
      : `${name}: predicted take fraction ${percentText(arm.mean)}`;
  const words = arm.offered
    ? html`<div class="arm-line">
          <span class="arm-measure">predicted</span
          >${dotWhisker({ mean: arm.mean, low, high, min, max, label: prediction })}<span class="arm-number"
            >${percentText(arm.mean)}</span
          >
        </div>
        <div class="arm-line">
          <span class="arm-measure">chance</span
          >${shareBar(arm.propensity, `${name}: probability of being shown ${percentText(arm.propensity)}`)}<span
            class="arm-number"
            >${percentText(arm.propensity)}</span
          >
        </div>`
    : html`<p class="fine">Removed before the draw.</p>`;
  return html`<li
    class="arm${arm.chosen ? ' arm-chosen' : ''}"
    data-artwork-id="${arm.artworkId}"
    ${arm.chosen ? html` aria-current="true"` : ''}
  >
    <img src="${arm.url}" alt="" width="112" height="63" loading="lazy" />
    <div class="arm-words">
      <p class="arm-name">
        ${name}${arm.emphasis === undefined ? '' : html` <span class="muted">${arm.emphasis}</span>`}${arm.chosen ? html`<span class="badge">shown</span>` : ''}
      </p>
      ${words}
    </div>
  </li>`;
}

/** The features that spoke loudest for or against the chosen picture. */
function spokeFor(chosen: ExplainedArm | undefined): Html | '' {
  const loudest = (chosen?.contributions ?? []).filter((c) => c.contribution !== 0).slice(0, MOST_FEATURES);
  if (loudest.length === 0) return '';
  const most = Math.max(...loudest.map((c) => Math.abs(c.contribution)));
  return html`<h3>What spoke for it</h3>
    <ul class="features">
      ${loudest.map((c) => {
        const text = `${c.feature}: ${c.contribution < 0 ? '−' : '+'}${percentText(Math.abs(c.contribution))}`;
        return html`<li>
          <span>${c.feature}</span
          >${shareBar(Math.abs(c.contribution) / most, text, c.contribution < 0 ? 'against' : 'for')}<span
            class="arm-number"
            >${c.contribution < 0 ? '−' : '+'}${percentText(Math.abs(c.contribution))}</span
          >
        </li>`;
      })}
    </ul>`;
}

/** Why this picture: a sentence first, then the alternatives with what was predicted and how likely each was, then where it stood. */
export function whyPanel(explanation: Explanation): Html {
  const look = policyLook(explanation.policy);
  const axis = axisOf(explanation.arms);
  const ordered = [...explanation.arms].sort(
    (a, b) => Number(b.chosen) - Number(a.chosen) || b.propensity - a.propensity,
  );
  return html`<div class="why ${look.className}">
    <header>
      <h2>${explanation.titleName}</h2>
      <button type="button" class="icon-button" data-close aria-label="Close">×</button>
    </header>
    <p class="why-sentence">${whySentence(explanation)}</p>
    <ol class="arms">
      ${ordered.map((arm) => armRow(arm, axis))}
    </ol>
    ${spokeFor(explanation.arms.find((arm) => arm.chosen))}
    <dl class="why-facts">
      <div>
        <dt>Policy</dt>
        <dd><span class="dot" aria-hidden="true"></span>${look.label}</dd>
      </div>
      <div>
        <dt>Variant</dt>
        <dd>${explanation.variant}</dd>
      </div>
      <div>
        <dt>Model</dt>
        <dd>v${explanation.snapshotVersion}</dd>
      </div>
      <div>
        <dt>Place</dt>
        <dd>
          ${explanation.position + 1} in its row, had ${percentText(explanation.orderPropensity)} chance of it
        </dd>
      </div>
    </dl>
  </div>`;
}
