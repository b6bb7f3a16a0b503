import type { RequestId } from '../../core/ids.js';
import { deadlineOf, dueAfter } from './join-deadline.js';
import type { JoinSettings } from './join-outcome.js';
import {
  emptyJoin,
  type CompactDecision,
  type HeldEvent,
  type OpenJoin,
  type SlotState,
} from './open-join.js';
import { ResidentJoins } from './resident-joins.js';

/** What changed since the last checkpoint. */
export interface JoinChanges {
  /** newly opened, with the decision's bytes as the log had them: they never change, so they are written once */
  readonly opened: ReadonlyMap<RequestId, Uint8Array>;
  /** opened, or its slots, its held events or its filing changed */
  readonly changed: ReadonlyMap<RequestId, OpenJoin>;
  readonly removed: ReadonlySet<RequestId>;
  readonly filings: readonly Filing[];
}

/** Joins to look at when everything before `dueMs` has been seen: they may be over by then. */
export interface Filing {
  readonly dueMs: number;
  /** two filings of one time differ in it */
  readonly sequence: number;
  readonly requestIds: readonly RequestId[];
}

/** Of all joins, in memory or not. */
export interface JoinTotals {
  /** with a decision */
  openJoins: number;
  /** of their pages */
  openSlots: number;
  heldEvents: number;
  /** filings made so far */
  filings: number;
}

const FILING_REQUESTS = 500;
/** Joins looked at to find one that may be given up. */
const MOST_LOOKS = 1_000;

/**
 * The open decisions of a partition, and the events that wait for one. Bounded; most are in the store alone, see ResidentJoins. Knows what a
 * checkpoint has to write.
 */
export class JoinTable {
  readonly resident: ResidentJoins;
  readonly totals: JoinTotals = { openJoins: 0, openSlots: 0, heldEvents: 0, filings: 0 };
  #opened = new Map<RequestId, Uint8Array>();
  /** changed ones that the store is not to look at yet, in the order in which they came */
  readonly #unfiled = new Map<RequestId, OpenJoin>();
  /** on offer, the oldest first */
  readonly #oldest = new Map<RequestId, OpenJoin>();
  /** everything in the log from before this has been seen */
  horizonMs = -Infinity;
  /** decisions from this time or before may have been given up: none is opened any more */
  floorMs = -Infinity;

  constructor(readonly settings: JoinSettings) {
    this.resident = new ResidentJoins(settings.joinCacheBytes);
  }

  /** Of the joins that changed, and those of the batch at hand. */
  find(requestId: RequestId): OpenJoin | undefined {
    return this.resident.find(requestId);
  }

  /** Would a decision from then be closed already, or given up? */
  isPast(decidedAtMs: number): boolean {
    const { attributionWindowMs, slackMs } = this.settings;
    return decidedAtMs <= this.floorMs || decidedAtMs + attributionWindowMs + slackMs < this.horizonMs;
  }

  /** Would one more, or several, be too many? */
  isFull(moreJoins = 0, moreSlots = 0): boolean {
    const { maxOpenJoins, maxOpenSlots } = this.settings;
    return (
      this.totals.openJoins + moreJoins > maxOpenJoins || this.totals.openSlots + moreSlots > maxOpenSlots
    );
  }

  /** Joins that may be given up first should there be too many: the store has none that were filed for sooner. */
  offer(joins: readonly OpenJoin[]): void {
    for (const join of joins) {
      this.unfile(join);
      if (join.decision !== undefined) this.#oldest.set(join.requestId, join);
    }
  }

  /** Of the joins on offer. */
  get offered(): { joins: number; slots: number } {
    const offered = { joins: this.#oldest.size, slots: 0 };
    for (const { decision } of this.#oldest.values()) offered.slots += decision!.slots.count;
    return offered;
  }

  /**
   * Gives up as many of the oldest joins as are too many with this decision: of those on offer, then of those that the store has not filed. Only ones that are
   * older: were a newer one given up, its decision could be opened, and its events counted, again. So it is on the decision's account if there is still no room.
   */
  makeRoom({ atMs, slots }: Pick<CompactDecision, 'atMs' | 'slots'>): OpenJoin[] {
    const evicted: OpenJoin[] = [];
    for (const candidates of [this.#oldest, this.#unfiled]) {
      let looks = 0;
      for (const join of candidates.values()) {
        if (!this.isFull(1, slots.count) || ++looks > MOST_LOOKS) break;
        if (join.decision === undefined || join.decision.atMs >= atMs) continue;
        this.floorMs = Math.max(this.floorMs, join.decision.atMs);
        this.remove(join);
        evicted.push(join);
      }
    }
    return evicted;
  }

  /** Opens a decision. @param bytes the decision's as the log had them */
  open(decision: CompactDecision, bytes: Uint8Array): OpenJoin {
    const join = this.find(decision.requestId) ?? emptyJoin(decision.requestId);
    join.decision = decision;
    this.touch(join);
    this.totals.openJoins++;
    this.totals.openSlots += decision.slots.count;
    this.#opened.set(decision.requestId, new Uint8Array(bytes));
    this.resident.grow(bytes.byteLength);
    return join;
  }

  /** A place for events whose decision has not come, or for labels found at recovery. */
  hold(requestId: RequestId): OpenJoin {
    const join = emptyJoin(requestId);
    this.touch(join);
    return join;
  }

  /** Takes in a join that is not counted yet, from a checkpoint that did not count. */
  adopt(join: OpenJoin): void {
    if (join.decision !== undefined) {
      this.totals.openJoins++;
      this.totals.openSlots += join.decision.slots.count;
    }
    this.totals.heldEvents += join.held.length;
    this.unfile(join);
  }

  /** The slot's state, to be changed. */
  slot(join: OpenJoin, slot: number): SlotState {
    this.touch(join);
    let state = join.slots.get(slot);
    if (state === undefined) {
      state = { impressionAtMs: undefined, reward: 0 };
      join.slots.set(slot, state);
    }
    return state;
  }

  touch(join: OpenJoin): void {
    this.resident.change(join);
    if (join.filedMs === undefined) this.#unfiled.set(join.requestId, join);
  }

  /** Has the join filed anew by the next checkpoint: its time came and it is not over, or comes sooner than it was filed for. */
  unfile(join: OpenJoin): void {
    join.filedMs = undefined;
    this.touch(join);
  }

  addHeld(join: OpenJoin, event: HeldEvent): void {
    join.held.push(event);
    this.totals.heldEvents++;
    this.resident.grow(event.value.byteLength);
    this.touch(join);
    if (join.filedMs !== undefined && deadlineOf(join, this.settings) < join.filedMs) this.unfile(join);
  }

  removeHeld(join: OpenJoin, events: ReadonlySet<HeldEvent>): void {
    const before = join.held.length;
    join.held = join.held.filter((event) => !events.has(event));
    this.totals.heldEvents -= before - join.held.length;
    this.touch(join);
  }

  remove(join: OpenJoin): void {
    if (join.decision !== undefined) {
      this.totals.openJoins--;
      this.totals.openSlots -= join.decision.slots.count;
    }
    this.totals.heldEvents -= join.held.length;
    this.#opened.delete(join.requestId);
    this.#unfiled.delete(join.requestId);
    this.#oldest.delete(join.requestId);
    this.resident.remove(join);
  }

  /** What to write now; afterwards nothing has changed. @param nowMs the wall's: a decision from later than that is from a clock that runs ahead */
  drainChanges(nowMs = Infinity): JoinChanges {
    const filings = this.#file(nowMs);
    const opened = this.#opened;
    this.#opened = new Map();
    return { opened, filings, ...this.resident.drain() };
  }

  #file(nowMs: number): Filing[] {
    const idsByDueMs = new Map<number, RequestId[]>();
    for (const [requestId, join] of this.#unfiled) {
      join.filedMs = dueAfter(deadlineOf(join, this.settings, nowMs), this.settings);
      const ids = idsByDueMs.get(join.filedMs);
      if (ids === undefined) idsByDueMs.set(join.filedMs, [requestId]);
      else ids.push(requestId);
    }
    this.#unfiled.clear();
    this.#oldest.clear();
    const filings: Filing[] = [];
    for (const [dueMs, ids] of idsByDueMs) {
      for (let at = 0; at < ids.length; at += FILING_REQUESTS) {
        const requestIds = ids.slice(at, at + FILING_REQUESTS);
        filings.push({ dueMs, sequence: this.totals.filings++, requestIds });
      }
    }
    return filings;
  }
}
