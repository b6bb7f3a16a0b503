import { createPolicy, type Policy } from '../bandit/index.js';
import type { LabelEvent } from '../feedback/events/events.js';
import type { ModelSpec } from '../feedback/update/model-spec.js';
import { DEFAULT_LAMBDA, type Config } from './config-schema.js';
import { RANDOM_SLICE } from './experiments/assignment.js';
import { modelKeys } from './pipeline/models.js';
import { CANVAS } from './service/home.js';

const DAY_MS = 86_400_000;

/**
 * What is learned, from the configuration: one model per variant, from its own cell and the shared random slice; the order of titles and the
 * best artwork for everyone, from everybody. The random slice itself is served uniformly and learns nothing.
 */
export function modelSpecs(config: Config, dimension: number): readonly ModelSpec[] {
  const { experiment, learn } = config;
  const shared = { lambda: learn.lambda, halfLifeMs: learn.halfLifeDays * DAY_MS };
  const onCanvas = (label: LabelEvent): boolean => label.canvas === CANVAS;
  const variants = experiment.variants.map(({ id, policy, settings = {} }): ModelSpec => ({
    ...shared,
    key: modelKeys.variant(CANVAS, id),
    policy: createPolicy(policy, settings, dimension),
    target: 'artwork',
    learnsFrom: (label) =>
      onCanvas(label) &&
      label.experiment === experiment.id &&
      (label.variant === id || label.variant === RANDOM_SLICE),
  }));
  return [
    ...variants,
    {
      ...shared,
      key: modelKeys.titleOrder(CANVAS),
      policy: createPolicy('linear-thompson', { lambda: DEFAULT_LAMBDA }, dimension),
      target: 'title',
      learnsFrom: onCanvas,
    },
    {
      ...shared,
      key: modelKeys.unpersonalised(CANVAS),
      policy: createPolicy('best-unpersonalised', {}, dimension),
      target: 'artwork',
      learnsFrom: onCanvas,
    },
  ];
}

/** Every policy that is served, by model key: those that learn, and the random slice's. */
export function servedPolicies(specs: readonly ModelSpec[], dimension: number): ReadonlyMap<string, Policy> {
  return new Map([
    ...specs.map((spec) => [spec.key, spec.policy] as const),
    [modelKeys.variant(CANVAS, RANDOM_SLICE), createPolicy('uniform', {}, dimension)],
  ]);
}
