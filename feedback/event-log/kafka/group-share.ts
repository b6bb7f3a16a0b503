import type { ConsumeOptions } from '../event-log.js';

/**
 * The partitions that the group gives a member, one change at a time: first what is given up is told, then what is new. A member that the group had given up, or whose
 * client crashed, comes back as a new one: others may have read its partitions meanwhile, so it loses all of them, those it is given again too. A consumer that
 * neither wants to be told nor says where to start would only see records again that it was handed before: it keeps what it is given again.
 */
export class GroupShare {
  readonly #held = new Set<number>();
  #memberId: string | undefined;
  /** resolves when the first share has been told of */
  readonly told: Promise<void>;
  #tell!: () => void;
  #isTold = false;
  #isOver = false;
  #isAbandoned = false;
  #last: Promise<void> = Promise.resolve();

  /** @param drop the partition is read no more */
  constructor(
    private readonly options: Pick<ConsumeOptions, 'onAssigned' | 'onRevoked' | 'startAt'>,
    private readonly drop: (partition: number) => void,
  ) {
    this.told = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Resolves when every change so far is dealt with, well or badly. */
  get settled(): Promise<void> {
    return this.#last;
  }

  /** @param taken runs when the consumer is ready for the share */
  update(
    memberId: string,
    share: ReadonlySet<number>,
    taken: (isNewMember: boolean) => Promise<void>,
  ): Promise<void> {
    return this.#next(async () => {
      const isNewMember = this.#memberId !== undefined && this.#memberId !== memberId;
      this.#memberId = memberId;
      const losesAll = isNewMember && this.#isMinded;
      await this.#give([...this.#held].filter((partition) => losesAll || !share.has(partition)));
      const fresh = [...share].filter((partition) => !this.#held.has(partition)).sort((a, b) => a - b);
      for (const partition of fresh) this.#held.add(partition);
      if (fresh.length > 0 || !this.#isTold) {
        this.#isTold = true;
        const assigned = this.options.onAssigned?.(fresh);
        this.#tell();
        await assigned;
      }
      await taken(isNewMember);
    });
  }

  /** Gives up everything, and takes no more: a consumer that leaves may be given a last share on its way out. */
  close(): Promise<void> {
    const closed = this.#next(() => this.#give([...this.#held]));
    this.#isOver = true;
    return closed;
  }

  /** After a fault: nobody is told anything any more. */
  abandon(): void {
    this.#isOver = true;
    this.#isAbandoned = true;
  }

  get #isMinded(): boolean {
    const { onAssigned, onRevoked, startAt } = this.options;
    return [onAssigned, onRevoked, startAt].some((told) => told !== undefined);
  }

  async #give(given: readonly number[]): Promise<void> {
    if (given.length === 0) return;
    for (const partition of given) {
      this.#held.delete(partition);
      this.drop(partition);
    }
    await this.options.onRevoked?.(given);
  }

  #next(change: () => Promise<void>): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const changed = this.#last.then(() => (this.#isAbandoned ? undefined : change()));
    this.#last = changed.catch(() => undefined);
    return changed;
  }
}
