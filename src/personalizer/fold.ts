import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.js';
import {
  decodePersonalizerRecord,
  type PersonalizerActivation,
  type PersonalizerCommand,
  type PersonalizerRank,
  type PersonalizerRecord,
  type PersonalizerReward,
} from '../../feedback/events/personalizer-events.js';
import { chosenContexts } from './decision.js';
import { FEATURE_SCHEMA } from './features.js';
import { emptyHead, type FoldHead, type FoldOptions } from './fold-head.js';
import { importedModel } from './model-file.js';
import { encodeOpenEvent, type OpenEvent, type OpenSlot } from './open-events.js';
import type { Asked } from './requests.js';
import { scaledReward, type PolicySettings, type ServiceSettings } from './service-settings.js';
import { SharedModel } from './shared-model.js';

/** The sums of the latest examples are added to the others after so many records, so that it does not matter to the last bit when they are written down. */
export const SETTLED_EVERY = 256;

/**
 * All there is to know of a Personalizer loop: a fold of its topic in offset order. No clock, no chance: time is what the records say, so the same records give the
 * same state, to the bit, here and in any other process.
 *
 * An event is learned as soon as it is active, with the reward it has (its default, where none has come), and corrected whenever that changes: what is known
 * when its window closes is what waiting for the window would have given.
 */
export class PersonalizerFold {
  head: FoldHead = emptyHead();
  /** in order of offset */
  readonly open = new Map<string, OpenEvent>();
  /** since the last checkpoint */
  readonly changed = new Set<OpenEvent>();
  closedOffsets: number[] = [];
  isModelChanged = false;
  /** the model at the latest mark */
  marked: { readonly offset: number; readonly model: Uint8Array } | undefined;
  model: SharedModel;

  constructor(readonly options: FoldOptions) {
    this.model = this.#emptyModel();
  }

  get service(): ServiceSettings {
    return this.head.service ?? this.options.service;
  }

  get policy(): PolicySettings {
    return this.head.policy ?? this.options.policy;
  }

  /** A record that cannot be used changes nothing and is counted. @throws AppError `event/unreadable` for one that newer code wrote */
  apply(offset: number, value: Uint8Array): void {
    const record = decodePersonalizerRecord(value);
    this.head.nextOffset = offset + 1;
    try {
      this.#apply(offset, record);
    } catch (error) {
      // The same record fails in the same way wherever it is read: stopping at it would stop for ever.
      if (!(error instanceof AppError || error instanceof SyntaxError || error instanceof TypeError))
        throw error;
      this.head.counters.foreign++;
    }
    if (this.head.nextOffset % SETTLED_EVERY === 0) this.model.settle();
  }

  #apply(offset: number, record: PersonalizerRecord): void {
    if (record.kind === 'rank') this.#rank(offset, record.rank);
    else if (record.kind === 'reward') this.#reward(record.reward);
    else if (record.kind === 'activation') this.#activate(record.activation);
    else if (record.kind === 'command') this.#command(offset, record.command);
    else this.head.counters.foreign++;
  }

  /** Of everything that has a say in an answer. Settles the model. */
  hash(): string {
    const hash = createHash('sha256').update(JSON.stringify(this.head)).update(this.model.encode());
    for (const event of this.open.values()) hash.update(encodeOpenEvent(event));
    return hash.digest('hex');
  }

  /** Takes over what a checkpoint held. */
  restore(head: FoldHead, model: Uint8Array | undefined, open: Iterable<OpenEvent>): void {
    this.head = head;
    this.model = this.#emptyModel();
    if (model !== undefined) this.model.decode(model);
    for (const event of open) this.open.set(event.eventId, event);
  }

  #rank(offset: number, rank: PersonalizerRank): void {
    const { counters } = this.head;
    counters.ranks++;
    this.#pass(rank.atMs);
    if (this.open.has(rank.eventId)) {
      counters.repeatedRanks++;
      return;
    }
    if (rank.mode === 'LoggingOnly' || rank.featureSchema !== FEATURE_SCHEMA) return;
    const asked = JSON.parse(rank.request) as Asked;
    const { rewardWaitMs, defaultReward, rewardAggregation } = this.service;
    const contexts = chosenContexts(asked, rank.chosen);
    const event: OpenEvent = {
      ...{ eventId: rank.eventId, offset, atMs: rank.atMs, defaultReward },
      closesAtMs: rank.atMs + rewardWaitMs,
      aggregation: rewardAggregation,
      active: !rank.deferred,
      slots: contexts.map((x, i) => ({ id: asked.slots?.[i]?.id ?? '', x, reward: null })),
    };
    this.open.set(event.eventId, event);
    this.changed.add(event);
    if (event.active) this.#learn(event);
  }

  #reward({ eventId, atMs, rewards }: PersonalizerReward): void {
    this.head.counters.rewards++;
    this.#pass(atMs);
    const event = this.#openAt(eventId, atMs);
    for (const [slotId, value] of rewards) {
      const slot = event?.slots.find(({ id }) => id === slotId);
      if (event === undefined || slot === undefined) this.head.counters.unmatched++;
      else if (slot.reward !== null && event.aggregation === 'earliest') this.head.counters.ignoredRewards++;
      else this.#setReward(event, slot, (slot.reward ?? 0) + value);
    }
  }

  #setReward(event: OpenEvent, slot: OpenSlot, reward: number): void {
    const { range } = this.options;
    const before = scaledReward(slot.reward ?? event.defaultReward, range);
    slot.reward = reward;
    this.changed.add(event);
    const change = scaledReward(reward, range) - before;
    if (!event.active || change === 0) return;
    this.model.changeReward(slot.x, change, event.atMs);
    this.#modelChanged();
  }

  #activate({ eventId, atMs }: PersonalizerActivation): void {
    this.head.counters.activations++;
    this.#pass(atMs);
    const event = this.#openAt(eventId, atMs);
    if (event === undefined) this.head.counters.unmatched++;
    if (event === undefined || event.active) return;
    event.active = true;
    this.changed.add(event);
    this.#learn(event);
  }

  #learn(event: OpenEvent): void {
    for (const { x, reward } of event.slots) {
      this.model.learn(x, scaledReward(reward ?? event.defaultReward, this.options.range), event.atMs);
      this.head.counters.learned++;
    }
    this.#modelChanged();
  }

  #modelChanged(): void {
    this.isModelChanged = true;
    this.head.modelSinceMs ??= this.head.watermarkMs;
    this.head.modelChangedMs = this.head.watermarkMs;
  }

  #command(offset: number, { kind, atMs, body, payload }: PersonalizerCommand): void {
    this.#pass(atMs);
    const { head } = this;
    if (kind === 'model') this.#replaceModel(payload);
    else if (kind === 'mark') this.marked = { offset, model: this.model.encode() };
    else if (kind === 'logs') head.logsFromOffset = offset + 1;
    else if (kind === 'policy') head.policy = JSON.parse(body) as PolicySettings | null;
    else {
      head.service = JSON.parse(body) as ServiceSettings;
      head.serviceChangedMs = atMs;
    }
    if (kind === 'service' || kind === 'policy') this.#resetSettings();
  }

  #resetSettings(): void {
    this.model = this.model.withSettings(this.#modelSettings());
    this.isModelChanged = true;
  }

  /** What an event has already taught the model that goes, the new one has not been taught: its reward would correct what is not there. */
  #replaceModel(payload: Uint8Array): void {
    const next = this.#emptyModel();
    if (payload.length > 0) next.decode(importedModel(payload));
    this.model = next;
    for (const event of [...this.open.values()]) if (event.active) this.#close(event);
    this.isModelChanged = true;
    this.head.modelSinceMs = this.head.watermarkMs;
    this.head.modelChangedMs = this.head.watermarkMs;
  }

  #openAt(eventId: string, atMs: number): OpenEvent | undefined {
    const event = this.open.get(eventId);
    return event !== undefined && atMs <= event.closesAtMs ? event : undefined;
  }

  /** Time goes on: what can earn nothing any more is let go. One that closes late may keep later ones a while: that costs memory alone. */
  #pass(atMs: number): void {
    if (atMs <= this.head.watermarkMs) return;
    this.head.watermarkMs = atMs;
    for (const event of this.open.values()) {
      if (event.closesAtMs >= atMs) return;
      this.#close(event);
    }
  }

  #close(event: OpenEvent): void {
    this.open.delete(event.eventId);
    this.changed.delete(event);
    this.closedOffsets.push(event.offset);
  }

  #modelSettings() {
    return { ...this.policy.model, exploration: this.service.explorationPercentage };
  }

  #emptyModel(): SharedModel {
    return new SharedModel(this.#modelSettings(), this.options.halfLifeMs);
  }
}
