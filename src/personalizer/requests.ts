import { Type, type Static } from '@sinclair/typebox';
import { AppError, shown } from '../../core/errors.js';
import { validator, type Checked } from '../http/validation.js';
import { actionFeatures, extractFeatures, type FeatureLimits } from './features.js';

/** What a call of Rank asked, as it is logged: x is built from this, when it is served and when it is learned. */
export interface Asked {
  readonly context: readonly unknown[];
  readonly actions: readonly AskedAction[];
  /** ids that must not be chosen; of a single-slot call */
  readonly excluded: readonly string[];
  /** absent: a single-slot call */
  readonly slots?: readonly AskedSlot[];
}

export interface AskedAction {
  readonly id: string;
  readonly features: readonly unknown[];
}

export interface AskedSlot {
  readonly id: string;
  readonly features: readonly unknown[];
  readonly excluded: readonly string[];
  /** id of the action that the application would show itself */
  readonly baseline: string;
}

export interface RankCall {
  readonly asked: Asked;
  /** undefined: ours to make */
  readonly eventId: string | undefined;
  readonly deferred: boolean;
}

export interface RequestLimits extends FeatureLimits {
  readonly maxActions: number;
  readonly maxSlots: number;
}

const MAX_ID_CHARACTERS = 256;
const text = () => Type.String({ minLength: 1, maxLength: MAX_ID_CHARACTERS });
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
const featureList = () => Type.Array(Type.Object({}));
const shared = {
  contextFeatures: nullable(featureList()),
  actions: Type.Array(Type.Object({ id: text(), features: featureList() }), { minItems: 1 }),
  eventId: nullable(Type.String({ maxLength: MAX_ID_CHARACTERS })),
  deferActivation: nullable(Type.Boolean()),
};
const RankSchema = Type.Object({ ...shared, excludedActions: nullable(Type.Array(Type.String())) });
const MultiSlotRankSchema = Type.Object({
  ...shared,
  slots: Type.Array(
    Type.Object({
      id: text(),
      features: nullable(featureList()),
      excludedActions: nullable(Type.Array(Type.String())),
      baselineAction: text(),
    }),
    { minItems: 1 },
  ),
});
const RewardSchema = Type.Object({ value: Type.Number() });
const MultiSlotRewardSchema = Type.Object({
  reward: Type.Array(Type.Object({ slotId: text(), value: Type.Number() }), { minItems: 1, maxItems: 1000 }),
});

const checks = {
  rank: validator(RankSchema),
  multiSlotRank: validator(MultiSlotRankSchema),
  reward: validator(RewardSchema),
  multiSlotReward: validator(MultiSlotRewardSchema),
};

/** @throws AppError `request/invalid` */
export function readRank(body: unknown, limits: RequestLimits): RankCall {
  const request = valid(checks.rank(body));
  const asked = { ...commonOf(request), excluded: request.excludedActions ?? [] };
  checkActions(asked, limits);
  const { actions, excluded } = asked;
  if (actions.every(({ id }) => excluded.includes(id)))
    throw invalid(`excludedActions names all of the ${actions.length} actions; expected one that is left`);
  return { asked, ...callOf(request) };
}

/** @throws AppError `request/invalid` */
export function readMultiSlotRank(body: unknown, limits: RequestLimits): RankCall {
  const request = valid(checks.multiSlotRank(body));
  if (request.slots.length > limits.maxSlots)
    throw invalid(`slots has ${request.slots.length} entries; expected at most ${limits.maxSlots}`);
  const slots = request.slots.map(({ id, features, excludedActions, baselineAction }) => ({
    ...{ id, features: features ?? [], excluded: excludedActions ?? [] },
    baseline: baselineAction,
  }));
  const asked = { ...commonOf(request), excluded: [], slots };
  checkActions(asked, limits);
  checkSlots(asked.actions, slots);
  for (const { features } of slots)
    extractFeatures(
      [...asked.context, ...features],
      limits.maxContextFeatures,
      'contextFeatures with a slot',
    );
  return { asked, ...callOf(request) };
}

/** @throws AppError `request/invalid` */
export function readReward(body: unknown): readonly (readonly [string, number])[] {
  return [['', valid(checks.reward(body)).value]];
}

/** @throws AppError `request/invalid` */
export function readMultiSlotReward(body: unknown): readonly (readonly [string, number])[] {
  return valid(checks.multiSlotReward(body)).reward.map(({ slotId, value }) => [slotId, value] as const);
}

/** An id from a path. @throws AppError `request/invalid` */
export function checkEventId(eventId: string): string {
  if (eventId.length < 1 || eventId.length > MAX_ID_CHARACTERS || /\p{Cs}/u.test(eventId))
    throw invalid(
      `eventId is ${shown(eventId)}, of ${eventId.length} characters; expected 1 to ${MAX_ID_CHARACTERS}`,
    );
  return eventId;
}

function callOf(request: Pick<Static<typeof RankSchema>, 'eventId' | 'deferActivation'>) {
  const { eventId, deferActivation } = request;
  const given = eventId === undefined || eventId === null || eventId === '' ? undefined : eventId;
  return {
    eventId: given === undefined ? undefined : checkEventId(given),
    deferred: deferActivation ?? false,
  };
}

function commonOf(request: Pick<Static<typeof RankSchema>, 'contextFeatures' | 'actions'>) {
  return {
    context: request.contextFeatures ?? [],
    // Only what is known: what else a client sends is not kept.
    actions: request.actions.map(({ id, features }) => ({ id, features })),
  };
}

function checkActions({ context, actions }: Asked, limits: RequestLimits): void {
  if (actions.length > limits.maxActions)
    throw invalid(`actions has ${actions.length} entries; expected at most ${limits.maxActions}`);
  const twice = repeated(actions.map(({ id }) => id));
  if (twice !== undefined) throw invalid(`actions has the id ${shown(twice)} twice; expected each once`);
  extractFeatures(context, limits.maxContextFeatures, 'contextFeatures');
  for (const { id, features } of actions) actionFeatures(id, features, limits.maxActionFeatures);
}

function checkSlots(actions: readonly AskedAction[], slots: readonly AskedSlot[]): void {
  if (slots.length > actions.length)
    throw invalid(`there are ${slots.length} slots and ${actions.length} actions; expected at least as many`);
  const twice = repeated(slots.map(({ id }) => id));
  if (twice !== undefined) throw invalid(`slots has the id ${shown(twice)} twice; expected each once`);
  const known = new Set(actions.map(({ id }) => id));
  const baselines = slots.map(({ baseline }) => baseline);
  const sharedBaseline = repeated(baselines);
  if (sharedBaseline !== undefined)
    throw invalid(`baselineAction ${shown(sharedBaseline)} is named by two slots; expected one of its own`);
  for (const { id, baseline, excluded } of slots) {
    if (!known.has(baseline) || excluded.includes(baseline))
      throw invalid(
        `baselineAction of slot ${shown(id)} is ${shown(baseline)}; expected one of the actions that the slot does not exclude`,
      );
  }
}

function repeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}

function valid<T>(checked: Checked<T>): T {
  if (checked.kind === 'invalid') throw checked.error;
  return checked.value;
}

function invalid(message: string): AppError {
  return new AppError('request/invalid', message);
}
