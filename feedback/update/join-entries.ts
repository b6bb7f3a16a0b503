import avro from 'avsc';
import { AppError } from '../../core/errors.js';
import { asId, type RequestId } from '../../core/ids.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import type { Filing, JoinChanges } from '../join/join-table.js';
import type { OpenJoin } from '../join/open-join.js';
import { decodeJoin, encodeJoin, isDecided } from './join-encoding.js';

/** Version 1 of a filing: one byte of version, then Avro. */
const VERSION = 1;
const idsType = avro.Type.forSchema({ type: 'array', items: 'string' });
/** Digits of a time and of a sequence in a key: their order is that of the numbers, up to the year 287396 and 10¹⁵. */
const DIGITS = 16;

/** A filing as the store has it. */
export interface StoredFiling extends Omit<Filing, 'sequence'> {
  readonly key: string;
}

/**
 * The open joins of a partition in a key-value store. Per request: `join/<id>`, and `decision/<id>` if it has a decision. Beside them
 * `expiry/<due>/<sequence>`: who is to be looked at when. A join is in one filing at a time, the one whose time it names itself; where it stands in others it
 * has left them.
 */
export class JoinEntries {
  constructor(
    readonly store: KeyValueStore,
    readonly root: string,
  ) {}

  /** @param swept filings that have been dealt with */
  encode(changes: JoinChanges, swept: Iterable<string>): Required<Pick<KeyValueBatch, 'puts' | 'deletes'>> {
    const puts = new Map<string, Uint8Array>();
    for (const [requestId, bytes] of changes.opened) puts.set(this.decisionKey(requestId), bytes);
    for (const [requestId, join] of changes.changed) puts.set(this.joinKey(requestId), encodeJoin(join));
    for (const filing of changes.filings) puts.set(...this.filingEntry(filing));
    const deletes = new Set(swept);
    for (const id of changes.removed) deletes.add(this.decisionKey(id)).add(this.joinKey(id));
    for (const key of puts.keys()) deletes.delete(key);
    return { puts, deletes };
  }

  /** The joins of these requests, in their order; undefined where there is none. @throws AppError `checkpoint/corrupt` */
  async read(requestIds: readonly RequestId[]): Promise<(OpenJoin | undefined)[]> {
    const states = await this.store.getMany(requestIds.map((id) => this.joinKey(id)));
    const decided = requestIds.filter((_id, i) => states[i] !== undefined && isDecided(states[i]));
    const bytes = await this.store.getMany(decided.map((id) => this.decisionKey(id)));
    const decisions = new Map(decided.map((id, i) => [id, bytes[i]]));
    return requestIds.map((id, i) => {
      const state = states[i];
      return state === undefined ? undefined : decodeJoin(id, decisions.get(id), state);
    });
  }

  /** What is filed, the earliest due first. */
  async *filings(): AsyncIterable<StoredFiling> {
    const prefix = `${this.root}expiry/`;
    for await (const [key, bytes] of this.store.scan(prefix)) {
      const dueMs = Number(key.slice(prefix.length, prefix.length + DIGITS));
      yield { key, dueMs, requestIds: decodeIds(bytes) };
    }
  }

  decisionKey(requestId: RequestId): string {
    return `${this.root}decision/${requestId}`;
  }

  joinKey(requestId: RequestId): string {
    return `${this.root}join/${requestId}`;
  }

  filingEntry({ dueMs, sequence, requestIds }: Filing): [key: string, value: Uint8Array] {
    const key = `${this.root}expiry/${digits(dueMs)}/${digits(sequence)}`;
    return [key, Buffer.concat([Buffer.of(VERSION), idsType.toBuffer([...requestIds])])];
  }
}

function digits(n: number): string {
  return String(n).padStart(DIGITS, '0');
}

function decodeIds(bytes: Uint8Array): RequestId[] {
  try {
    if (bytes[0] !== VERSION) throw new RangeError(`version ${bytes[0]}; expected ${VERSION}`);
    const ids = idsType.fromBuffer(Buffer.from(bytes.subarray(1))) as string[];
    return ids.map((id) => asId<RequestId>(id));
  } catch (cause) {
    throw new AppError(
      'checkpoint/corrupt',
      `a filing of open joins does not parse: ${cause instanceof Error ? cause.message : 'unknown'}`,
      undefined,
      cause,
    );
  }
}
