import type { Slate, SlateScores, WeightedModel } from '../../bandit/index.js';
import type { Artwork, ExplainedArm } from '../../client/types.js';
import type { ContextSchema } from '../../features/context-vector.js';
import type { OnScored } from './decision-input.js';

const MOST_CONTRIBUTIONS = 6;

/** Copies scores out of the decision's scratch, slot by slot, while they fit: the last slots of a page beyond all bounds have no reasons. */
export class PageCapture {
  readonly arms = new Map<number, ExplainedArm[]>();
  armCount = 0;

  constructor(
    readonly schema: ContextSchema,
    readonly model: WeightedModel | undefined,
    readonly mostArms: number,
  ) {}

  readonly onScored: OnScored = (slot, title, slate, scores, arms) => {
    const { artworks } = title.title;
    if (this.armCount + artworks.length > this.mostArms) return;
    this.armCount += artworks.length;
    let a = 0;
    this.arms.set(
      slot,
      artworks.map((artwork, index) => {
        const offered = a < slate.size && arms[a] === index;
        return { ...described(artwork), offered, ...this.#scored(slate, scores, offered ? a++ : undefined) };
      }),
    );
  };

  /** @param arm of the slate; undefined: the artwork was removed before the draw, so nothing was said of it */
  #scored(slate: Slate, scores: SlateScores, arm: number | undefined): ScoredArm {
    if (arm === undefined) return { mean: 0, deviation: 0, propensity: 0, contributions: [] };
    return {
      mean: scores.means[arm]!,
      deviation: scores.deviations[arm]!,
      propensity: scores.propensities[arm]!,
      contributions: this.#contributions(slate, arm),
    };
  }

  #contributions(slate: Slate, arm: number): ExplainedArm['contributions'] {
    if (!this.model) return [];
    const weights = this.model.weights(slate.rows[arm]!);
    const { dimension, names } = this.schema;
    const all = names.map((feature, j) => {
      const value = slate.contexts[arm * dimension + j]!;
      return { feature, value, contribution: value * weights[j]! };
    });
    return all
      .filter((c) => c.contribution !== 0)
      .sort((x, y) => Math.abs(y.contribution) - Math.abs(x.contribution))
      .slice(0, MOST_CONTRIBUTIONS);
  }
}

type ScoredArm = Pick<ExplainedArm, 'mean' | 'deviation' | 'propensity' | 'contributions'>;

function described(
  artwork: Artwork,
): Pick<ExplainedArm, 'artworkId' | 'url' | 'label' | 'emphasis' | 'chosen'> {
  return {
    artworkId: artwork.artworkId,
    url: artwork.url,
    ...(artwork.label === undefined ? {} : { label: artwork.label }),
    ...(artwork.emphasis === undefined ? {} : { emphasis: artwork.emphasis }),
    chosen: false,
  };
}
