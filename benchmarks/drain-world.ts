import { createPolicy } from '../bandit/policies/index.js';
import { contextSchema } from '../features/context-vector.js';
import { DEFAULT_THEMES } from '../features/default-themes.js';
import { eligibilityRules } from '../features/eligibility-rules.js';
import type { RevisionLookup, TitleRevision } from '../features/title-revision.js';
import type { ModelSpec } from '../feedback/update/model-spec.js';

/** What the events of `JoinTraffic` are about, for a learner that has no catalogue beside it: d = 32, eight artworks a title. */
export const DRAIN_SCHEMA = contextSchema(DEFAULT_THEMES);
export const DRAIN_EMBEDDING = DEFAULT_THEMES.length;
const ARTWORKS = 8;

export const DRAIN_MODEL: ModelSpec = {
  key: 'home/personal',
  policy: createPolicy('squarecb', {}, DRAIN_SCHEMA.dimension),
  target: 'artwork',
  learnsFrom: () => true,
  lambda: 1,
};

/** Revision r is of title r; each is made when it is first asked for. */
export function drainRevisions(): RevisionLookup {
  const known = new Map<number, TitleRevision>();
  return {
    revision(revision) {
      const found = known.get(revision) ?? titleRevision(revision);
      known.set(revision, found);
      return found;
    },
  };
}

function titleRevision(revision: number): TitleRevision {
  const title = { titleId: `t${revision}`, name: `Title ${revision}`, themes: {}, artworks: [] };
  const entry = (i: number): number => ((revision * 7 + i * 5) % 11) / 11;
  return {
    revision,
    titleRow: revision,
    title,
    rules: eligibilityRules(title),
    defaultArm: 0,
    artworkRows: Int32Array.from({ length: ARTWORKS }, (_, a) => revision * ARTWORKS + a),
    artworkVectors: Float32Array.from({ length: ARTWORKS * DRAIN_EMBEDDING }, (_, i) => entry(i)),
    titleVector: Float32Array.from({ length: DRAIN_EMBEDDING }, (_, i) => entry(i + 3)),
    titleHash: revision,
    artworkHashes: Uint32Array.from({ length: ARTWORKS }, (_, a) => revision * 31 + a),
  };
}
