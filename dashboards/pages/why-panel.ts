import type { ExplainedArm, Explanation } from '../../client/types.js';
import { dotWhisker, shareBar } from '../charts/dot-whisker.js';
import { twoSidedZ } from '../statistics/ratio-metric.js';
import { featureWords } from './feature-words.js';
import { html, type Html } from './html.js';
import { percentText } from './number-words.js';
import { policyLook } from './policy-names.js';
import { whySentence } from './why-sentence.js';

const CONFIDENCE = 0.95;
const MOST_FEATURES = 4;
const MOST_ARMS = 12;

/** The axis all pictures share; undefined where the policy predicts nothing. */
type Axis = { readonly min: number; readonly max: number } | undefined;

const marginOf = (arm: ExplainedArm): number => twoSidedZ(CONFIDENCE) * arm.deviation;

/** From 0 (or the lowest mean: a linear model may predict less) to just beyond the widest interval, at most 1 unless a mean is larger. */
function axisOf(arms: readonly ExplainedArm[]): Axis {
  const offered = arms.filter((arm) => arm.offered);
  if (offered.every((arm) => arm.mean === 0 && arm.deviation === 0)) return undefined;
  const min = Math.min(0, ...offered.map((arm) => arm.mean));
  const max = Math.max(
    0.01,
    ...offered.map((arm) => Math.max(arm.mean, Math.min(1, arm.mean + marginOf(arm)))),
  );
  return { min, max: min + (max - min) * 1.04 };
}

function predictionLine(arm: ExplainedArm, axis: NonNullable<Axis>, name: string): Html {
  const low = arm.mean - marginOf(arm);
  const high = arm.mean + marginOf(arm);
  const interval =
    arm.deviation > 0 ? `, ${CONFIDENCE * 100} % between ${percentText(low)} and ${percentText(high)}` : '';
  const label = `${name}: predicted take fraction ${percentText(arm.mean)}${interval}`;
  return html`<div class="arm-line">
    <span class="arm-measure">predicted</span
    >${dotWhisker({ mean: arm.mean, low, high, ...axis, label })}<span class="arm-number"
      >${percentText(arm.mean)}</span
    >
  </div>`;
}

function armRow(arm: ExplainedArm, axis: Axis): Html {
  const name = arm.label ?? arm.artworkId;
  const chance = `${name}: probability of being shown ${percentText(arm.propensity)}`;
  const lines = arm.offered
    ? html`${axis === undefined ? '' : predictionLine(arm, axis, name)}
        <div class="arm-line">
          <span class="arm-measure">chance</span>${shareBar(arm.propensity, chance)}<span class="arm-number"
            >${percentText(arm.propensity)}</span
          >
        </div>`
    : html`<p class="fine">Removed before the draw.</p>`;
  const emphasis =
    arm.emphasis === undefined || arm.emphasis.toLowerCase() === name.toLowerCase()
      ? undefined
      : arm.emphasis;
  return html`<li
    class="arm${arm.chosen ? ' arm-chosen' : ''}"
    data-artwork-id="${arm.artworkId}"
    ${arm.chosen ? html` aria-current="true"` : ''}
  >
    <img src="${arm.url}" alt="" width="112" height="63" loading="lazy" />
    <div class="arm-words">
      <p class="arm-name">
        ${name}${emphasis === undefined ? '' : html` <span class="muted">${emphasis}</span>`}${arm.chosen ? html` <span class="badge">shown</span>` : ''}
      </p>
      ${lines}
    </div>
  </li>`;
}

/** The features that spoke loudest for or against the chosen picture. */
function spokeFor(chosen: ExplainedArm | undefined): Html | '' {
  const loudest = (chosen?.contributions ?? []).filter((c) => c.contribution !== 0).slice(0, MOST_FEATURES);
  if (loudest.length === 0) return '';
  const most = Math.max(...loudest.map((c) => Math.abs(c.contribution)));
  const rows = loudest.map(({ feature, contribution }) => {
    const words = featureWords(feature);
    const points = `${contribution < 0 ? '−' : '+'}${percentText(Math.abs(contribution))}`;
    return html`<li>
      <span>${words}</span
      >${shareBar(Math.abs(contribution) / most, `${words}: ${points}`, contribution < 0 ? 'against' : 'for')}<span
        class="arm-number"
        >${points}</span
      >
    </li>`;
  });
  return html`<h3>What spoke for it, and against</h3>
    <ul class="features">
      ${rows}
    </ul>`;
}

/** Why this picture: a sentence first, then the alternatives with what was predicted and how likely each was, then where it stood. */
export function whyPanel(explanation: Explanation): Html {
  const look = policyLook(explanation.policy);
  const axis = axisOf(explanation.arms);
  const rank = (arm: ExplainedArm): number => (arm.chosen ? 2 : arm.offered ? arm.propensity : -1);
  const ordered = [...explanation.arms].sort((a, b) => rank(b) - rank(a));
  const more = ordered.length - MOST_ARMS;
  return html`<div class="why ${look.className}">
    <header>
      <h2>${explanation.titleName}</h2>
      <button type="button" class="icon-button" data-close aria-label="Close">×</button>
    </header>
    <p class="why-sentence">${whySentence(explanation)}</p>
    <ol class="arms" aria-label="Pictures of this title">
      ${ordered.slice(0, MOST_ARMS).map((arm) => armRow(arm, axis))}
    </ol>
    ${more > 0 ? html`<p class="fine">${more} more, each less likely.</p>` : ''}
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
        <dt>Place in its row</dt>
        <dd>${explanation.position + 1} (chance ${percentText(explanation.orderPropensity)})</dd>
      </div>
    </dl>
  </div>`;
}
