import type { ArmStatistics } from '../../bandit/arm-statistics.js';
import { sharedKernels } from '../../bandit/linalg/kernels.js';
import { statisticsOf } from '../../bandit/policy-statistics.js';
import type { Representation } from '../../bandit/representation.js';
import { AppError } from '../../core/errors.js';
import { hashString } from '../../core/hash.js';
import { writeContext, type ContextSchema } from '../../features/context-vector.js';
import type { RevisionLookup, TitleRevision } from '../../features/title-revision.js';
import type { LabelEvent } from '../events/events.js';
import type { ModelSpec } from './model-spec.js';

/** What one partition's labels taught one model. Sums: partitions merge by addition. */
export interface ModelStatistics {
  readonly spec: ModelSpec;
  /** per arm */
  readonly arms: ArmStatistics;
  /** row 0: the block shared by all arms, out of which the prior is made */
  readonly shared: ArmStatistics;
}

export interface FoldContext {
  readonly schema: ContextSchema;
  readonly revisions: RevisionLookup;
}

export type Folded =
  | { readonly kind: 'folded'; readonly revision: TitleRevision }
  /** the label is true, but nothing can be learned from it: counted, and sent to the dead letters */
  | { readonly kind: 'unlearnable'; readonly message: string };

export function emptyStatistics(spec: ModelSpec): ModelStatistics {
  const { policy, halfLifeMs } = spec;
  const options = halfLifeMs === undefined ? {} : { halfLifeMs };
  // What all arms have in common is summed once, however many replicates each arm has.
  const { dimension, representation } = policy;
  const kernels = sharedKernels();
  const shared = statisticsOf({ dimension, representation }, options, kernels);
  return { spec, arms: statisticsOf(policy, options, kernels), shared };
}

/**
 * Folds one label into the statistics of every model that learns from it:
 *
 *   trial:  S += e²·xxᵀ, n += 1        reward: b += (rewardAfter − rewardBefore)·e·x, Σr without e, weighted as of `impressionAtMs`
 *
 * e is the slot's examination as the decision recorded it: r ~ e·(x·θ), so θ is what a title or picture is worth where it is looked at, wherever it stood. A policy that
 * counts has n += e instead, its mean Σr/Σe. A reward has the e of its trial, whenever it comes. x is rebuilt from what the label and its title revision say, so it is the x that served. The same labels in the same order give the same bits.
 *
 * @param xs shape (2, d), scratch: x of the artwork, x of the title
 */
export function foldLabel(
  models: readonly ModelStatistics[],
  context: FoldContext,
  label: LabelEvent,
  xs: Float32Array,
): Folded {
  const found = learnable(context, label);
  if (typeof found === 'string') return { kind: 'unlearnable', message: found };
  const written = { artwork: false, title: false };
  try {
    for (const { spec, arms, shared } of models) {
      if (!spec.learnsFrom(label)) continue;
      const { target } = spec;
      const row = target === 'artwork' ? found.artworkRows[label.arm]! : found.titleRow;
      const { representation } = spec.policy;
      if (representation !== undefined) {
        const z = representTarget(representation, context.schema, label, found, target);
        learn(arms, row, label, z, 0);
        learn(shared, 0, label, z, 0);
        continue;
      }
      const at = target === 'artwork' ? 0 : context.schema.dimension;
      if (spec.policy.dimension > 0 && !written[target]) {
        writeTarget(context.schema, label, found, target, xs, at);
        if (label.examination !== 1)
          for (let i = at; i < at + spec.policy.dimension; i++) xs[i] = xs[i]! * label.examination;
        written[target] = true;
      }
      learn(arms, row, label, xs, at);
      learn(shared, 0, label, xs, at);
    }
  } catch (error) {
    // Vectors that are not finite and the like. What was folded before stays: a replay does exactly the same.
    if (error instanceof AppError) return { kind: 'unlearnable', message: error.message };
    throw error;
  }
  return { kind: 'folded', revision: found };
}

function learn(
  statistics: ArmStatistics,
  row: number,
  label: LabelEvent,
  xs: Float32Array,
  at: number,
): void {
  const trials = statistics.dimension === 0 ? label.examination : 1;
  // A trial and every change of its reward share page and slot, so replicates count them alike.
  const key = statistics.replicates === 1 ? undefined : hashString(label.requestId, label.slot);
  if (label.kind === 'trial') statistics.addTrial(row, xs, at, trials, label.impressionAtMs, key);
  else {
    const change = label.rewardAfter - label.rewardBefore;
    statistics.addReward(row, xs, at, change, 1, label.impressionAtMs, key);
  }
}

/** e·φ(x): it is z = φ(x) that the regression is in. */
function representTarget(
  representation: Representation,
  schema: ContextSchema,
  label: LabelEvent,
  revision: TitleRevision,
  target: ModelSpec['target'],
): Float32Array {
  if (representation.inputDimension !== schema.dimension) {
    throw new AppError(
      'bandit/bad-shape',
      `representation of contexts of ${representation.inputDimension} entries; expected ${schema.dimension}`,
    );
  }
  const x = new Float32Array(schema.dimension);
  const z = new Float32Array(representation.dimension);
  writeTarget(schema, label, revision, target, x, 0);
  representation.transform(x, 1, z);
  return z.map((value) => value * label.examination);
}

function writeTarget(
  schema: ContextSchema,
  label: LabelEvent,
  revision: TitleRevision,
  target: ModelSpec['target'],
  xs: Float32Array,
  at: number,
): void {
  const vectors = target === 'artwork' ? revision.artworkVectors : revision.titleVector;
  const vectorAt = target === 'artwork' ? label.arm * schema.embeddingSize : 0;
  writeContext(schema, label.memberVector, label.device, label.daypart, vectors, vectorAt, xs, at);
}

/** The revision the label is about, or why nothing can be learned from it. */
function learnable({ schema, revisions }: FoldContext, label: LabelEvent): TitleRevision | string {
  if (label.contextSchema !== schema.hash)
    return `contexts of schema ${label.contextSchema}; expected ${schema.hash}`;
  const revision = revisions.revision(label.titleRevision);
  if (revision === undefined) return `title revision ${label.titleRevision} is not known`;
  if (label.arm >= revision.artworkRows.length)
    return `arm ${label.arm}; expected less than ${revision.artworkRows.length}`;
  if (!(label.examination > 0 && label.examination < Infinity))
    return `examination ${label.examination}; expected a finite number > 0`;
  if (label.memberVector.length !== schema.embeddingSize) {
    return `a member vector of ${label.memberVector.length}; expected ${schema.embeddingSize}`;
  }
  if (label.device >= schema.devices.length || label.daypart >= schema.dayparts.length) {
    return `device ${label.device}, daypart ${label.daypart}; expected less than ${schema.devices.length}, ${schema.dayparts.length}`;
  }
  return revision;
}
