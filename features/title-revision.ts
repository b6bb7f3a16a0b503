import type { Title } from '../client/types.js';
import type { EligibilityRules } from './eligibility-rules.js';

/**
 * An immutable version of a title: loading a title with anything changed makes a new one. Decisions name the revision, so x can be
 * rebuilt exactly for as long as the revision is kept.
 */
export interface TitleRevision {
  /** dense, from 0, never reused */
  readonly revision: number;
  /** row of the title's own arm in the title-order model: the same for every revision of the title */
  readonly titleRow: number;
  readonly title: Title;
  readonly rules: EligibilityRules;
  /** index in `title.artworks` of the default artwork; −1 when the title has none */
  readonly defaultArm: number;
  /** shape (K): model row of each artwork, in the order of `title.artworks`; an artwork keeps its row through revisions */
  readonly artworkRows: Int32Array;
  /** shape (K, E) row-major */
  readonly artworkVectors: Float32Array;
  /** shape (E) */
  readonly titleVector: Float32Array;
  /** hashes of the ids: what the stable draw is keyed by, so that it survives restarts and reloads */
  readonly titleHash: number;
  readonly artworkHashes: Uint32Array;
}

/** How the learner and the sink look up what a decision was about. */
export interface RevisionLookup {
  revision(revision: number): TitleRevision | undefined;
  /**
   * Where other processes make revisions too: resolves once those of these that there are, are known here. To be awaited before a revision is
   * taken for unknown. @throws AppError `store/unavailable` after many attempts
   */
  catchUp?(revisions: Iterable<number>): Promise<void>;
}
