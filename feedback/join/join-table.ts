import type { RequestId } from '../../core/ids.js';
import type { JoinSettings } from './join-outcome.js';
import {
  emptyJoin,
  type CompactDecision,
  type HeldEvent,
  type OpenJoin,
  type SlotState,
} from './open-join.js';

/** What changed since the last checkpoint. */
export interface JoinChanges {
  /** newly opened, with the decision's bytes as the log had them: they never change, so they are written once */
  readonly opened: ReadonlyMap<RequestId, Uint8Array>;
  /** slots or held events changed */
  readonly changed: ReadonlySet<OpenJoin>;
  readonly removed: ReadonlySet<RequestId>;
}

/**
 * The open decisions of a partition, and the events that wait for one. Bounded; knows what a checkpoint has to write.
 * Joins with a decision are in the order in which they were opened.
 */
export class JoinTable {
  readonly #open = new Map<RequestId, OpenJoin>();
  readonly #undecided = new Map<RequestId, OpenJoin>();
  #openSlots = 0;
  #heldCount = 0;
  #opened = new Map<RequestId, Uint8Array>();
  #changed = new Set<OpenJoin>();
  #removed = new Set<RequestId>();
  /** everything in the log from before this has been seen */
  horizonMs = -Infinity;
  /** decisions from this time or before may have been given up: none is opened any more */
  floorMs = -Infinity;

  constructor(readonly settings: JoinSettings) {}

  get openJoins(): number {
    return this.#open.size;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  find(requestId: RequestId): OpenJoin | undefined {
    return this.#open.get(requestId) ?? this.#undecided.get(requestId);
  }

  /** Would a decision from then be closed already, or given up? */
  isPast(decidedAtMs: number): boolean {
    const { attributionWindowMs, slackMs } = this.settings;
    return decidedAtMs <= this.floorMs || decidedAtMs + attributionWindowMs + slackMs < this.horizonMs;
  }

  /** Opens a decision; gives up the oldest where there are too many. `bytes` are the decision's as the log had them. */
  open(decision: CompactDecision, bytes: Uint8Array): { join: OpenJoin; evicted: OpenJoin[] } {
    const join = this.#undecided.get(decision.requestId) ?? emptyJoin(decision.requestId);
    this.#undecided.delete(decision.requestId);
    join.decision = decision;
    this.#open.set(decision.requestId, join);
    this.#openSlots += decision.slots.count;
    this.#opened.set(decision.requestId, new Uint8Array(bytes));
    this.#removed.delete(decision.requestId);
    return { join, evicted: this.#evict(join, decision.atMs) };
  }

  /** A place for events whose decision has not come, or for labels found at recovery. */
  hold(requestId: RequestId): OpenJoin {
    const join = emptyJoin(requestId);
    this.#undecided.set(requestId, join);
    this.#removed.delete(requestId);
    this.#changed.add(join);
    return join;
  }

  /** Puts a join back as a checkpoint kept it. */
  restore(join: OpenJoin): void {
    this.#heldCount += join.held.length;
    if (join.decision === undefined) {
      this.#undecided.set(join.requestId, join);
      return;
    }
    this.#open.set(join.requestId, join);
    this.#openSlots += join.decision.slots.count;
  }

  /** The slot's state, to be changed. */
  slot(join: OpenJoin, slot: number): SlotState {
    this.#changed.add(join);
    let state = join.slots.get(slot);
    if (state === undefined) {
      state = { impressionAtMs: undefined, reward: 0 };
      join.slots.set(slot, state);
    }
    return state;
  }

  touch(join: OpenJoin): void {
    this.#changed.add(join);
  }

  addHeld(join: OpenJoin, event: HeldEvent): void {
    join.held.push(event);
    this.#heldCount++;
    this.#changed.add(join);
  }

  removeHeld(join: OpenJoin, events: ReadonlySet<HeldEvent>): void {
    const before = join.held.length;
    join.held = join.held.filter((event) => !events.has(event));
    this.#heldCount -= before - join.held.length;
    this.#changed.add(join);
  }

  #dropIfEmpty(join: OpenJoin): void {
    if (join.decision === undefined && join.held.length === 0 && join.slots.size === 0) this.#remove(join);
  }

  /** Removes the joins whose windows closed before the horizon, and the events that waited too long for a decision. */
  expire(
    horizonMs: number,
    openForMs: number,
    holdMs: number,
  ): { matured: OpenJoin[]; orphaned: HeldEvent[] } {
    const matured: OpenJoin[] = [];
    const orphaned: HeldEvent[] = [];
    if (!(horizonMs > this.horizonMs)) return { matured, orphaned };
    this.horizonMs = horizonMs;
    for (const join of this.#open.values()) {
      if (Math.max(join.decision!.atMs, join.lastImpressionAtMs) + openForMs < horizonMs) matured.push(join);
    }
    for (const join of matured) this.#remove(join);
    for (const join of this.#undecided.values()) {
      const late = join.held.filter((event) => event.receivedAtMs + holdMs < horizonMs);
      if (late.length > 0) this.removeHeld(join, new Set(late));
      orphaned.push(...late);
      if (join.lastImpressionAtMs + openForMs < horizonMs) join.slots.clear();
      this.#dropIfEmpty(join);
    }
    return { matured, orphaned };
  }

  /** What to write now; afterwards nothing has changed. */
  drainChanges(): JoinChanges {
    const changes = { opened: this.#opened, changed: this.#changed, removed: this.#removed };
    this.#opened = new Map();
    this.#changed = new Set();
    this.#removed = new Set();
    return changes;
  }

  #evict(keep: OpenJoin, openedAtMs: number): OpenJoin[] {
    const evicted: OpenJoin[] = [];
    const { maxOpenJoins, maxOpenSlots } = this.settings;
    while (this.#open.size > maxOpenJoins || this.#openSlots > maxOpenSlots) {
      const oldest = this.#open.values().next().value;
      if (oldest === undefined || oldest === keep) break;
      this.#remove(oldest);
      // Should its decision come again it must stay closed. A clock that ran ahead must not close the door for everyone.
      this.floorMs = Math.max(this.floorMs, Math.min(oldest.decision!.atMs, openedAtMs - 1));
      evicted.push(oldest);
    }
    return evicted;
  }

  #remove(join: OpenJoin): void {
    if (this.#open.delete(join.requestId)) this.#openSlots -= join.decision!.slots.count;
    this.#undecided.delete(join.requestId);
    this.#heldCount -= join.held.length;
    this.#opened.delete(join.requestId);
    this.#changed.delete(join);
    this.#removed.add(join.requestId);
  }
}
