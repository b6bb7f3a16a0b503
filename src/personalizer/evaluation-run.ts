import {
  decodePersonalizerRecord,
  type PersonalizerRank,
} from '../../feedback/events/personalizer-events.js';
import { chosenContexts } from './decision.js';
import type { EvaluatedPolicy } from './evaluated-policies.js';
import { FEATURE_SCHEMA } from './features.js';
import type { Asked } from './requests.js';
import { scaledReward, type RewardRange, type ServiceSettings } from './service-settings.js';

interface HeldEvent {
  readonly atMs: number;
  readonly closesAtMs: number;
  readonly x: Float32Array;
  readonly loggingPropensity: number;
  /** by policy, as it was when it was asked */
  readonly targets: readonly number[];
  readonly defaultReward: number;
  readonly aggregation: ServiceSettings['rewardAggregation'];
  active: boolean;
  reward: number | undefined;
}

export interface EvaluationRunOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly policies: readonly EvaluatedPolicy[];
  /** as configured before the log says otherwise */
  readonly service: ServiceSettings;
  readonly range: RewardRange;
  readonly maxEvents: number;
}

/**
 * What policies would have earned on the events of a time: each is asked before it learns, and learns when an event's window has closed (progressive validation).
 * Single-slot events that were chosen at random, online, are evaluated; the others say nothing about another choice.
 */
export class EvaluationRun {
  readonly #held = new Map<string, HeldEvent>();
  #service: ServiceSettings;
  /** asked about */
  events = 0;
  /** asked about and shown: those that count */
  evaluated = 0;
  /** more events than may be evaluated: those after are not */
  isFull = false;

  constructor(readonly options: EvaluationRunOptions) {
    this.#service = options.service;
  }

  take(value: Uint8Array): void {
    const record = decodePersonalizerRecord(value);
    if (record.kind === 'rank') this.#rank(record.rank);
    else if (record.kind === 'reward') {
      const { eventId, atMs, rewards } = record.reward;
      const event = this.#at(eventId, atMs);
      for (const [slotId, reward] of rewards) {
        if (event === undefined || slotId !== '') continue;
        if (event.reward === undefined) event.reward = reward;
        else if (event.aggregation === 'sum') event.reward += reward;
      }
    } else if (record.kind === 'activation') {
      const event = this.#at(record.activation.eventId, record.activation.atMs);
      if (event !== undefined) event.active = true;
    } else if (record.kind === 'command' && record.command.kind === 'service')
      this.#service = JSON.parse(record.command.body) as ServiceSettings;
  }

  /** Nothing more comes. */
  finish(): void {
    this.#close(Infinity);
  }

  #rank({
    eventId,
    atMs,
    mode,
    featureSchema,
    request,
    chosen,
    propensities,
    deferred,
  }: PersonalizerRank): void {
    this.#close(atMs);
    const { fromMs, toMs, policies, maxEvents } = this.options;
    const isAsked = mode === 'Online' && featureSchema === FEATURE_SCHEMA && atMs >= fromMs && atMs <= toMs;
    if (!isAsked || this.#held.has(eventId)) return;
    if (this.events >= maxEvents) {
      this.isFull = true;
      return;
    }
    const asked = JSON.parse(request) as Asked;
    if (asked.slots !== undefined) return;
    this.events++;
    const logged = { asked, chosen: chosen[0]!, propensities };
    this.#held.set(eventId, {
      ...{ atMs, closesAtMs: atMs + this.#service.rewardWaitMs, x: chosenContexts(asked, chosen)[0]! },
      loggingPropensity: Math.min(1, propensities[chosen[0]!]!),
      targets: policies.map((policy) => Math.min(1, policy.targetOf(logged))),
      aggregation: this.#service.rewardAggregation,
      ...{ defaultReward: this.#service.defaultReward, active: !deferred, reward: undefined },
    });
  }

  #at(eventId: string, atMs: number): HeldEvent | undefined {
    const event = this.#held.get(eventId);
    return event !== undefined && atMs <= event.closesAtMs ? event : undefined;
  }

  #close(atMs: number): void {
    const { policies, range } = this.options;
    for (const [eventId, event] of this.#held) {
      if (event.closesAtMs >= atMs) return;
      this.#held.delete(eventId);
      if (!event.active) continue;
      this.evaluated++;
      const { lowest, highest } = range;
      const reward = Math.min(highest, Math.max(lowest, event.reward ?? event.defaultReward));
      for (const [i, policy] of policies.entries()) {
        policy.add(reward, event.loggingPropensity, event.targets[i]!);
        policy.model?.learn(event.x, scaledReward(reward, range), event.atMs);
      }
    }
  }
}
