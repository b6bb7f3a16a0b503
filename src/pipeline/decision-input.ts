import type { LinearModel, Slate, SlateScores } from '../../bandit/index.js';
import type { CappedArtworks } from '../../features/shown-artworks.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { CandidateRow } from './candidates.js';
import type { DrawKey } from './draw-key.js';
import type { ServedExamination, ServedModel } from './models.js';

/** Everything a decision depends on. Same input, same models: same page. */
export interface DecisionInput {
  readonly rows: readonly CandidateRow[];
  readonly country: string;
  readonly maturityLimit: number;
  readonly device: number;
  readonly daypart: number;
  readonly nowMs: number;
  /** shape (E) */
  readonly memberVector: Float32Array;
  /** false: the member's features did not arrive in time, so the page is decided without personalization */
  readonly personalized: boolean;
  /** artworks this member has been shown as often as they may be: not drawn again before their time; absent: none */
  readonly capped?: CappedArtworks;
  readonly drawKey: DrawKey;
  /** the variant's policy; undefined when it cannot be served */
  readonly served: ServedModel | undefined;
  readonly unpersonalised: ServedModel | undefined;
  /** posterior means of titles; undefined before anything was learned */
  readonly titleOrder: LinearModel | undefined;
  /** what its trials will be learned with; empty: 1 everywhere */
  readonly examination: ServedExamination;
}

/**
 * Called for every title decided by its policy, while the scores are in the scratch: what explanations are made from.
 * `arms[a]` is the title's artwork that the slate's a-th arm is: some may have been removed before the draw.
 */
export type OnScored = (
  slot: number,
  title: TitleRevision,
  slate: Slate,
  scores: SlateScores,
  arms: Uint8Array,
) => void;
