import { Type } from '@sinclair/typebox';
import { LEARNING_MODES } from '../feedback/events/personalizer-events.js';
import { int, num, strict } from './config-parts.js';

/** `personalizer`: the Azure Personalizer compatible API. What the API itself can set, it sets for good: what is here holds until then. */
export const PersonalizerSection = Type.Object(
  {
    enabled: Type.Boolean({
      default: false,
      description: 'answer /personalizer/…; wants the roles serve and learn',
    }),
    learningMode: Type.Union(
      LEARNING_MODES.map((mode) => Type.Literal(mode)),
      {
        default: 'Online',
        description:
          'Online: chooses and learns; Apprentice: shows the first action and learns; LoggingOnly: shows it and only logs',
      },
    ),
    rewardWaitSeconds: num(5, 172_800, 600, 'rewards later than this after their Rank do not count'),
    defaultReward: num(-1, 1, 0, 'of an event that earns no reward in time'),
    rewardAggregation: Type.Union([Type.Literal('earliest'), Type.Literal('sum')], {
      default: 'earliest',
      description: 'what several rewards of one event come to',
    }),
    rewardRange: Type.Object(
      {
        lowest: num(-1e6, 1e6, 0, 'a reward below this counts as this'),
        highest: num(-1e6, 1e6, 1, 'a reward above this counts as this; above rewardRange.lowest'),
      },
      strict,
    ),
    explorationPercentage: num(
      0,
      1,
      0.2,
      'probability spread evenly over the actions on offer, whatever is known',
    ),
    lambda: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e6,
      default: 0.1,
      description: 'regularisation of the shared model',
    }),
    gamma: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e6,
      default: 10,
      description: 'SquareCB’s γ₀: how sharply predicted gaps count',
    }),
    growth: num(0, 1, 0.5, 'SquareCB’s ρ: how fast that sharpens with what is learned'),
    maxActions: int(1, 200, 50, 'actions of one Rank call'),
    maxSlots: int(1, 200, 50, 'slots of one multi-slot Rank call'),
    maxContextFeatures: int(1, 10_000, 128, 'features of a context, after nesting'),
    maxActionFeatures: int(1, 10_000, 64, 'features of an action, after nesting'),
    maxBodyBytes: int(1_024, 8 << 20, 128 << 10, 'largest request body in JSON'),
    maxOpenEvents: int(
      1,
      100_000_000,
      100_000,
      'events that wait for rewards, 1 KB each; beyond these Rank answers 429',
    ),
    checkpointIntervalMs: int(10, 600_000, 5_000, 'how often what was learned is made durable'),
    maxEvaluatedEvents: int(1, 100_000_000, 200_000, 'events of one offline evaluation'),
  },
  strict,
);
