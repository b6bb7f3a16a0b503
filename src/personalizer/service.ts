import type { Clock } from '../../core/clock.js';
import {
  encodeActivation,
  encodeCommand,
  encodeRank,
  encodeReward,
  type PersonalizerCommand,
} from '../../feedback/events/personalizer-events.js';
import { decide, drawOf, type Decision } from './decision.js';
import { FEATURE_SCHEMA } from './features.js';
import type { PersonalizerLoop } from './loop.js';
import { PersonalizerError } from './personalizer-errors.js';
import type { Asked, RankCall } from './requests.js';
import { checkReward, type RewardRange } from './service-settings.js';

export interface ServiceOptions {
  readonly loop: PersonalizerLoop;
  readonly clock: Clock;
  readonly drawSecret: string;
  readonly newEventId: () => string;
  readonly range: RewardRange;
  /** events that wait for rewards: each holds 1 KB per slot */
  readonly maxOpenEvents: number;
}

export interface RankAnswer {
  readonly ranking: readonly { readonly id: string; readonly probability: number }[];
  readonly eventId: string;
  readonly rewardActionId: string;
}

export interface MultiSlotAnswer {
  readonly slots: readonly { readonly id: string; readonly rewardActionId: string }[];
  readonly eventId: string;
}

/** Rank, Reward and Activate. What they answer is in the log before they do. */
export class PersonalizerService {
  constructor(readonly options: ServiceOptions) {}

  async rank(call: RankCall): Promise<RankAnswer> {
    const { eventId, decision } = await this.#decide(call);
    const { actions, excluded } = call.asked;
    return {
      ranking: ranked(actions, new Set(excluded), decision),
      eventId,
      rewardActionId: actions[decision.chosen[0]!]!.id,
    };
  }

  async multiSlotRank(call: RankCall): Promise<MultiSlotAnswer> {
    const { eventId, decision } = await this.#decide(call);
    const { actions, slots = [] } = call.asked;
    const filled = slots.map(({ id }, slot) => ({ id, rewardActionId: actions[decision.chosen[slot]!]!.id }));
    return { slots: filled, eventId };
  }

  /** Durable when it resolves; whether the event is known is found out later, as Personalizer does. @throws AppError `request/invalid` */
  async reward(eventId: string, rewards: readonly (readonly [string, number])[]): Promise<void> {
    const { loop, clock, range } = this.options;
    for (const [, value] of rewards) checkReward(value, range);
    await loop.append(encodeReward({ eventId, atMs: clock.nowMs(), rewards }), 'synced');
  }

  async activate(eventId: string): Promise<void> {
    const { loop, clock } = this.options;
    await loop.append(encodeActivation({ eventId, atMs: clock.nowMs() }), 'synced');
  }

  /** Resolves when it is durable and in force. @returns its offset */
  async command(
    kind: PersonalizerCommand['kind'],
    body: unknown,
    payload: Uint8Array = new Uint8Array(0),
  ): Promise<number> {
    const { loop, clock } = this.options;
    const record = { kind, atMs: clock.nowMs(), body: JSON.stringify(body), payload };
    const offset = await loop.append(encodeCommand(record), 'synced');
    await loop.foldedTo(offset + 1);
    return offset;
  }

  /** The model, encoded at a place in the log, so that it is encoded there by whoever reads the log: encoding settles. */
  async markedModel(): Promise<Uint8Array> {
    const { loop } = this.options;
    for (;;) {
      const offset = await this.command('mark', {});
      const { marked } = loop.fold;
      // Another may have asked meanwhile.
      if (marked?.offset === offset) return marked.model;
    }
  }

  async #decide(call: RankCall): Promise<{ eventId: string; decision: Decision }> {
    const { loop, clock, drawSecret, newEventId, maxOpenEvents } = this.options;
    const { fold } = loop;
    const [oldest] = fold.open.values();
    // Those whose time is up go with the next record.
    if (fold.open.size >= maxOpenEvents && oldest!.closesAtMs >= clock.nowMs())
      throw new PersonalizerError(
        'TooManyRequests',
        `${fold.open.size} events wait for their rewards; expected at most ${maxOpenEvents} within the reward wait time`,
      );
    const eventId = call.eventId ?? newEventId();
    const mode = fold.service.learningMode;
    const decision = decide(fold.model, call.asked, mode, drawOf(drawSecret, eventId));
    const rank = {
      ...{ eventId, atMs: clock.nowMs(), request: JSON.stringify(call.asked), mode },
      ...{ ...decision, deferred: call.deferred },
      ...{ foldedTo: fold.head.nextOffset, featureSchema: FEATURE_SCHEMA },
    };
    await loop.append(encodeRank(rank), 'written');
    return { eventId, decision };
  }
}

/** As Personalizer orders them: what was chosen first, then by probability; what was excluded stays at the place where it was sent. */
function ranked(
  actions: Asked['actions'],
  excluded: ReadonlySet<string>,
  { chosen, propensities }: Decision,
): RankAnswer['ranking'] {
  const entry = (k: number) => ({ id: actions[k]!.id, probability: propensities[k]! });
  const offered = actions.map((_, k) => k).filter((k) => !excluded.has(actions[k]!.id));
  const first = chosen[0]!;
  offered.sort((a, b) => Number(b === first) - Number(a === first) || propensities[b]! - propensities[a]!);
  let next = 0;
  return actions.map(({ id }, k) => entry(excluded.has(id) ? k : offered[next++]!));
}
