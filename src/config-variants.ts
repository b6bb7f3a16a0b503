import { Type } from '@sinclair/typebox';
import { POLICY_NAMES } from '../bandit/policy.js';

const PolicySettings = Type.Object(
  {
    lambda: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description:
          'regularisation λ around the shared block; the default variant has 100 (docs/adr/0004-lambda.md)',
      }),
    ),
    replicates: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        description: 'online-bagging: how many regressions vote; statistics take as many times the room',
      }),
    ),
    lambda0: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: 'linucb-hybrid, hybrid-thompson: regularisation λ₀ of what all artworks share',
      }),
    ),
    points: Type.Optional(
      Type.Integer({
        minimum: 80,
        maximum: 4096,
        description: 'hybrid-thompson: points that shared uncertainty is averaged over where it is large',
      }),
    ),
    noise: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 10, description: 'standard deviation of a reward' }),
    ),
    floor: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'exploration floor ε: p(a) ≥ ε/K' }),
    ),
    priorStrength: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: 'pseudo-impressions of the shared mean',
      }),
    ),
    epsilon: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'epsilon-greedy: probability spread evenly before anything is tried; never below the floor',
      }),
    ),
    decay: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'epsilon-greedy, softmax: ε or temperature × (1 + n)^(−decay), n the impressions of the title’s artworks; 0 is constant',
      }),
    ),
    temperature: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: 'softmax: a gap of this many plays per impression makes an artwork e times rarer',
      }),
    ),
    gamma: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: 'squarecb: how sharply gaps count, in impressions per play, at n = 1',
      }),
    ),
    growth: Type.Optional(
      Type.Number({
        minimum: -2,
        maximum: 2,
        description: 'squarecb: γ = gamma · n^growth, in [0, 1]; linucb: α = alpha · (1 + ln(1 + n))^growth',
      }),
    ),
    alpha: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1e6,
        description: 'linucb, linucb-hybrid: how many deviations an artwork is given the benefit of',
      }),
    ),
    confidence: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1e6,
        description: 'regcb: how wide the confidence intervals are; 0 is greedy',
      }),
    ),
  },
  { additionalProperties: false },
);

/** One of the policies that members are split among. */
export const VariantSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'names the variant in the log, in metrics and its model',
    }),
    weight: Type.Number({
      minimum: 0,
      maximum: 1e6,
      description: 'its share of members is its weight over the sum of weights',
    }),
    policy: Type.Union(
      POLICY_NAMES.map((name) => Type.Literal(name)),
      { description: 'how artworks are chosen for its members' },
    ),
    settings: Type.Optional(PolicySettings),
  },
  { additionalProperties: false },
);
