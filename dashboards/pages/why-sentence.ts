import type { ExplainedArm, Explanation } from '../../client/types.js';
import { percentText } from './number-words.js';
import { CONTEXTUAL_POLICIES } from './policy-names.js';

/** "the pictures of Romance" reads worse than the label alone, so a label stands in quotes. */
const quoted = (arm: ExplainedArm): string => `“${arm.label ?? arm.artworkId}”`;

/** What the loudest feature in favour says of the member, in words; undefined when none does. */
function tasteBehind(arm: ExplainedArm): string | undefined {
  const loudest = arm.contributions.find((c) => c.contribution > 0 && c.feature.startsWith('member'));
  return loudest?.feature.replace(/^member(×artwork)?\s*/, '');
}

function contextualSentence(chosen: ExplainedArm, offered: readonly ExplainedArm[], plays: number): string {
  const taste = tasteBehind(chosen);
  const best = offered.every((arm) => arm.mean <= chosen.mean);
  const member =
    plays === 0 ? 'this member has played nothing yet' : `after ${plays} ${plays === 1 ? 'play' : 'plays'}`;
  const because =
    taste === undefined || taste === '' ? `(${member})` : `because of a taste for ${taste} (${member})`;
  if (best)
    return `${quoted(chosen)} is the picture this member is most likely to follow to a good play, ${because}.`;
  const favourite = offered.reduce((a, b) => (b.mean > a.mean ? b : a));
  return `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)} to learn more about it; ${quoted(favourite)} is predicted to do a little better, ${because}.`;
}

/** Why this artwork, in one plain sentence. */
export function whySentence(explanation: Explanation): string {
  const chosen = explanation.arms.find((arm) => arm.chosen);
  const offered = explanation.arms.filter((arm) => arm.offered);
  if (chosen === undefined) return 'This place has no recorded picture.';
  if (explanation.fallback === 'default-artwork')
    return `${quoted(chosen)} is the title’s default picture: nothing better could be decided in time.`;
  if (explanation.fallback === 'unpersonalised')
    return `${quoted(chosen)} works best over all members; too little was known to choose for this one.`;
  if (offered.length === 1) return `${quoted(chosen)} is the only picture that could be shown.`;
  if (CONTEXTUAL_POLICIES.includes(explanation.policy))
    return contextualSentence(chosen, offered, explanation.member.plays);
  if (explanation.policy === 'uniform')
    return `${quoted(chosen)} was drawn at random: each of ${offered.length} pictures had the same chance.`;
  if (explanation.policy === 'best-unpersonalised') {
    const best = offered.every((arm) => arm.mean <= chosen.mean);
    return best
      ? `${quoted(chosen)} works best over all members; who is looking plays no part.`
      : `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)} to learn more about it; who is looking plays no part.`;
  }
  return `${quoted(chosen)} was drawn with a chance of ${percentText(chosen.propensity)}.`;
}
