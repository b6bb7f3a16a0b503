import type { RequestId } from '../../core/ids.js';
import type { JoinOutcome } from '../join/join-outcome.js';
import type { JoinChanges } from '../join/join-table.js';
import type { OpenJoin } from '../join/open-join.js';
import type { PartitionJoin } from '../join/partition-join.js';
import { requestsOf, type ReadRecord } from '../join/record-reading.js';
import type { JoinEntries, StoredFiling } from './join-entries.js';

/** Joins looked at in one slice of a sweep, about: so long does a batch wait. */
const JOINS_PER_SLICE = 500;

/**
 * Brings a partition's open joins into memory where they are needed: those of a batch before it is taken, those that may be over when time has
 * passed, the oldest when there are too many.
 *
 * One call at a time, and none between `fetch` and the taking of what was fetched for.
 */
export class SpilledJoins {
  /** filings that have been dealt with: the store has them until the next checkpoint is written */
  #swept = new Set<string>();
  #sweeping: ReadonlySet<string> = new Set();

  constructor(
    readonly join: PartitionJoin,
    readonly entries: JoinEntries,
  ) {}

  /** Makes certain of these requests: what is open of them is in memory then, and what is not in memory is not open. */
  async fetch(requestIds: Iterable<RequestId>): Promise<void> {
    const { resident } = this.join.table;
    const missing = resident.reach(requestIds);
    if (missing.length === 0) return;
    const found = await this.entries.read(missing);
    for (const [i, requestId] of missing.entries()) resident.arrive(requestId, found[i]);
  }

  /** Fetches what a batch is about, and the oldest joins if some must be given up for its decisions. */
  async prepare(read: readonly ReadRecord[]): Promise<void> {
    const requestIds = [...requestsOf(read)];
    await this.fetch(requestIds);
    const { table } = this.join;
    const newcomers = new Map<RequestId, number>();
    for (const one of read) {
      if (one.kind !== 'decision') continue;
      const { requestId, atMs, slots } = one.event;
      const isNew = table.find(requestId)?.decision === undefined && !table.isPast(atMs);
      if (isNew) newcomers.set(requestId, slots.count);
    }
    const needed = { joins: newcomers.size, slots: 0 };
    for (const slots of newcomers.values()) needed.slots += slots;
    if (!table.isFull(needed.joins, needed.slots)) return;
    for await (const filing of this.#filings()) {
      const offered = table.offered;
      if (!table.isFull(needed.joins - offered.joins, needed.slots - offered.slots)) break;
      table.offer(await this.#take(filing));
    }
    await this.fetch(requestIds);
  }

  /** Deals with the filings that are due, a slice at a time; between two slices other calls may come. @returns what came of each slice */
  async *sweep(): AsyncGenerator<JoinOutcome[], void> {
    const { table } = this.join;
    let outcomes: JoinOutcome[] = [];
    let seen = 0;
    for await (const filing of this.#filings()) {
      if (filing.dueMs > table.horizonMs) break;
      const joins = await this.#take(filing);
      for (const outcome of this.join.expire(joins)) outcomes.push(outcome);
      for (const join of joins) if (table.find(join.requestId) === join) table.unfile(join);
      seen += filing.requestIds.length;
      if (seen < JOINS_PER_SLICE) continue;
      yield outcomes;
      outcomes = [];
      seen = 0;
    }
    yield outcomes;
  }

  /** What the next checkpoint has to write; `saved` says that it is written. */
  drain(nowMs: number): { changes: JoinChanges; swept: ReadonlySet<string> } {
    this.#sweeping = this.#swept;
    this.#swept = new Set();
    return { changes: this.join.table.drainChanges(nowMs), swept: this.#sweeping };
  }

  saved(): void {
    this.#sweeping = new Set();
    this.join.table.resident.saved();
  }

  async *#filings(): AsyncIterable<StoredFiling> {
    for await (const filing of this.entries.filings())
      if (!this.#swept.has(filing.key) && !this.#sweeping.has(filing.key)) yield filing;
  }

  /** The joins that are in this filing, in memory; it is dealt with. */
  async #take({ key, dueMs, requestIds }: StoredFiling): Promise<OpenJoin[]> {
    await this.fetch(requestIds);
    this.#swept.add(key);
    const joins = requestIds.map((id) => this.join.table.find(id));
    return joins.filter((join) => join?.filedMs === dueMs) as OpenJoin[];
  }
}
