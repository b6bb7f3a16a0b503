import { LRUCache } from 'lru-cache';
import type { RequestId } from '../../core/ids.js';
import { approximateBytes, type OpenJoin } from './open-join.js';

/**
 * Which open joins are in memory: those that changed since the last checkpoint, those that a checkpoint under way writes, those of the batch at
 * hand, and as many of the others as the cache has room for. All other joins are in the store alone. A join is in memory at most once.
 */
export class ResidentJoins {
  #unsaved = new Map<RequestId, OpenJoin>();
  #removed = new Set<RequestId>();
  /** drained for a checkpoint that is still being written: the store has them older, or has them still */
  #saving: ReadonlyMap<RequestId, OpenJoin> = new Map();
  #removing: ReadonlySet<RequestId> = new Set();
  /** of the batch at hand: kept whatever the cache does; undefined: certainly nowhere */
  #atHand = new Map<RequestId, OpenJoin | undefined>();
  readonly #recent: LRUCache<RequestId, OpenJoin>;
  #unsavedBytes = 0;

  constructor(cacheBytes: number) {
    this.#recent = new LRUCache({ maxSize: cacheBytes, sizeCalculation: approximateBytes });
  }

  /** What the joins that changed take in memory, about. */
  get unsavedBytes(): number {
    return this.#unsavedBytes;
  }

  get unsaved(): ReadonlyMap<RequestId, OpenJoin> {
    return this.#unsaved;
  }

  /** Of what is unsaved or at hand. */
  find(requestId: RequestId): OpenJoin | undefined {
    const join = this.#unsaved.get(requestId);
    if (join !== undefined || this.#removed.has(requestId)) return join;
    return this.#atHand.get(requestId);
  }

  /** Begins a batch. @returns those of its requests that must be asked of the store, and then told by `arrive` */
  reach(requestIds: Iterable<RequestId>): RequestId[] {
    for (const [id, join] of this.#atHand) if (join !== undefined) this.#remember(id, join);
    this.#atHand = new Map();
    const missing: RequestId[] = [];
    for (const id of new Set(requestIds)) {
      if (this.#unsaved.has(id) || this.#removed.has(id)) continue;
      const join = this.#saving.get(id) ?? (this.#removing.has(id) ? undefined : this.#recent.get(id));
      if (join !== undefined || this.#removing.has(id)) this.#atHand.set(id, join);
      else missing.push(id);
    }
    return missing;
  }

  /** @param join as the store has it; undefined where it has none */
  arrive(requestId: RequestId, join: OpenJoin | undefined): void {
    this.#atHand.set(requestId, join);
  }

  change(join: OpenJoin): void {
    if (this.#unsaved.has(join.requestId)) return;
    this.#unsaved.set(join.requestId, join);
    this.#unsavedBytes += approximateBytes(join);
  }

  grow(bytes: number): void {
    this.#unsavedBytes += bytes;
  }

  remove(join: OpenJoin): void {
    const { requestId } = join;
    this.#unsaved.delete(requestId);
    this.#atHand.delete(requestId);
    this.#recent.delete(requestId);
    this.#removed.add(requestId);
  }

  /** What the store has to be told; `saved` says that it has been. */
  drain(): { changed: ReadonlyMap<RequestId, OpenJoin>; removed: ReadonlySet<RequestId> } {
    const drained = { changed: this.#unsaved, removed: this.#removed };
    this.#saving = this.#unsaved;
    this.#removing = this.#removed;
    this.#unsaved = new Map();
    this.#removed = new Set();
    this.#unsavedBytes = 0;
    return drained;
  }

  saved(): void {
    for (const [id, join] of this.#saving) if (!this.#removed.has(id)) this.#remember(id, join);
    this.#saving = new Map();
    this.#removing = new Set();
  }

  #remember(requestId: RequestId, join: OpenJoin): void {
    this.#recent.set(requestId, join);
  }
}
