import type { ExplainedArm, Explanation } from '../../client/types.js';
import { themeOfFeature } from './feature-words.js';
import { percentText } from './number-words.js';
import { CONTEXTUAL_POLICIES } from './policy-names.js';

/** "the Romance picture" reads worse than the label alone, so a label stands in quotes. */
const quoted = (arm: ExplainedArm): string => `“${arm.label ?? arm.artworkId}”`;

/** The taste that spoke loudest for a picture; undefined when none did. */
function tasteFor(arm: ExplainedArm): string | undefined {
  const loudest = arm.contributions.find(
    (c) => c.contribution > 0 && themeOfFeature(c.feature) !== undefined,
  );
  return loudest === undefined ? undefined : themeOfFeature(loudest.feature);
}

const highestMean = (arms: readonly ExplainedArm[]): ExplainedArm | undefined =>
  arms.reduce<ExplainedArm | undefined>(
    (best, arm) => (best === undefined || arm.mean > best.mean ? arm : best),
    undefined,
  );

function contextualSentence(chosen: ExplainedArm, best: ExplainedArm | undefined, plays: number): string {
  const history = plays === 0 ? 'no plays yet' : `${plays} ${plays === 1 ? 'play' : 'plays'} so far`;
  if (best !== undefined && best.mean > chosen.mean) {
    return `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)}, to keep learning; ${quoted(best)} is predicted to do better for this member (${history}).`;
  }
  const taste = tasteFor(chosen);
  const because = taste === undefined ? '' : ` above all for a taste for ${taste}`;
  return `${quoted(chosen)} is the picture most likely to lead this member (${history}) to a good play${because === '' ? '' : `,${because}`}.`;
}

function unpersonalisedSentence(chosen: ExplainedArm, best: ExplainedArm | undefined): string {
  if (best !== undefined && best.mean > chosen.mean) {
    return `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)}, to keep learning; ${quoted(best)} does better over all members. Who is looking plays no part.`;
  }
  return `${quoted(chosen)} works best over all members; who is looking plays no part.`;
}

/** Why this artwork, in one plain sentence. It claims what the numbers say and no more. */
export function whySentence(explanation: Explanation): string {
  const chosen = explanation.arms.find((arm) => arm.chosen);
  const offered = explanation.arms.filter((arm) => arm.offered);
  if (chosen === undefined) return 'What spoke for this picture was not kept.';
  if (explanation.fallback === 'default-artwork')
    return `${quoted(chosen)} is the title’s default picture: nothing better could be decided in time.`;
  if (explanation.fallback === 'unpersonalised')
    return `${quoted(chosen)} works best over all members; too little was known to choose for this one.`;
  if (offered.length <= 1) return `${quoted(chosen)} is the only picture that could be shown.`;
  if (CONTEXTUAL_POLICIES.includes(explanation.policy))
    return contextualSentence(chosen, highestMean(offered), explanation.member.plays);
  if (explanation.policy === 'uniform')
    return `${quoted(chosen)} was drawn at random: each of ${offered.length} pictures had the same chance.`;
  if (explanation.policy === 'best-unpersonalised')
    return unpersonalisedSentence(chosen, highestMean(offered));
  return `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)}.`;
}
