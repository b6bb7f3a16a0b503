import type { Group } from './consumer-groups.js';
import type { ConsumeOptions } from './event-log.js';
import type { GroupMember } from './group-member.js';

/** What a member's share needs of the member. */
export interface ShareOptions {
  readonly options: Pick<ConsumeOptions, 'onAssigned' | 'onRevoked'>;
  readonly group: Group;
  readonly member: GroupMember;
  readonly partitions: number;
  /** of one partition, of all the member's topics */
  readonly keysOf: (partition: number) => readonly string[];
  /** the partition is read no more */
  readonly drop: (partition: number) => void;
}

/** The partitions of a member that wants to be told of them: each held whole, of all its topics, from `onAssigned` to `onRevoked`. */
export class MemberShare {
  readonly #held = new Set<number>();
  #isTold = false;
  #seenChanges = -1;

  constructor(private readonly share: ShareOptions) {}

  holds(partition: number): boolean {
    return this.#held.has(partition);
  }

  /** Gives up what the plan has moved away, then takes what it has moved here and is free. */
  async update(): Promise<void> {
    const { group, member, partitions, keysOf, options } = this.share;
    if (this.#seenChanges === group.changes) return;
    this.#seenChanges = group.changes;
    const isPlanned = (partition: number): boolean =>
      keysOf(partition).every((key) => group.isPlanned(member, key));
    await this.#give([...this.#held].filter((partition) => !isPlanned(partition)));
    const taken = Array.from({ length: partitions }, (_, partition) => partition).filter(
      (partition) => !this.#held.has(partition) && group.holdAll(member, keysOf(partition)),
    );
    for (const partition of taken) this.#held.add(partition);
    if (taken.length === 0 && this.#isTold) return;
    this.#isTold = true;
    await options.onAssigned?.(taken);
  }

  /** Gives up everything. */
  close(): Promise<void> {
    return this.#give([...this.#held]);
  }

  async #give(given: readonly number[]): Promise<void> {
    if (given.length === 0) return;
    const { group, member, keysOf, drop, options } = this.share;
    for (const partition of given) drop(partition);
    await options.onRevoked?.(given);
    for (const partition of given) {
      this.#held.delete(partition);
      group.release(member, keysOf(partition));
    }
  }
}
