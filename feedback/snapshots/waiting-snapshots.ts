import type { Snapshot } from '../update/snapshot.js';

/** Deltas that go into one batch. */
const DELTAS_AT_ONCE = 64;
const DELTA_BYTES_AT_ONCE = 1 << 20;

/** One model's snapshots that are not in the store yet: perhaps a base, and deltas that each come after the one before. */
export class WaitingSnapshots {
  /** what the next delta must come after; undefined: only a base leads on */
  chain: number | undefined;
  /** deltas that came after nothing that is there */
  dropped = 0;
  /** fitted bytes of the deltas */
  bytes = 0;
  #snapshots: Snapshot[] = [];

  constructor(readonly maxBytes: number) {}

  get length(): number {
    return this.#snapshots.length;
  }

  get beginsWithBase(): boolean {
    return this.#snapshots[0]?.kind === 'base';
  }

  /** A base takes the place of all that waits. A delta that does not lead on, or is too much, is dropped, and with it all until the next base. */
  add(snapshot: Snapshot): void {
    const bytes = deltaBytes([snapshot]);
    if (snapshot.kind === 'base') {
      this.clear();
    } else if (snapshot.parentVersion !== this.chain || this.bytes + bytes > this.maxBytes) {
      this.dropped++;
      this.chain = undefined;
      return;
    }
    this.#snapshots.push(snapshot);
    this.bytes += bytes;
    this.chain = snapshot.version;
  }

  /** @returns what goes into the store next: a base alone, or a run of deltas */
  take(): readonly Snapshot[] {
    let count = 0;
    let bytes = 0;
    for (const snapshot of this.#snapshots) {
      bytes += deltaBytes([snapshot]);
      const isFull = count === DELTAS_AT_ONCE || bytes > DELTA_BYTES_AT_ONCE || snapshot.kind === 'base';
      if (count > 0 && isFull) break;
      count++;
      if (snapshot.kind === 'base') break;
    }
    const taken = this.#snapshots.splice(0, count);
    this.bytes -= deltaBytes(taken);
    return taken;
  }

  /** To the front, unless a base has come that makes it superfluous. */
  putBack(snapshots: readonly Snapshot[]): void {
    if (this.beginsWithBase) return;
    this.#snapshots.unshift(...snapshots);
    this.bytes += deltaBytes(snapshots);
  }

  /** Nothing waits, and only a base leads on. */
  clear(): void {
    this.#snapshots = [];
    this.bytes = 0;
    this.chain = undefined;
  }
}

function deltaBytes(snapshots: readonly Snapshot[]): number {
  let bytes = 0;
  for (const { kind, parts } of snapshots)
    if (kind === 'delta') for (const part of parts) bytes += part.length;
  return bytes;
}
