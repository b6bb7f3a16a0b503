import { LRUCache } from 'lru-cache';
import type { Member } from '../client/types.js';
import type { Clock } from '../core/clock.js';
import { AppError, shown } from '../core/errors.js';
import type { Rejection } from './catalogue-titles.js';
import type { PutOutcome } from './catalogue.js';
import { themeVector, type ContextSchema } from './context-vector.js';
import type { Expectation, KeyValueStore } from './key-value/key-value.js';
import {
  cappedArtworks,
  decodeShown,
  type CappedArtworks,
  type FrequencyCap,
  type ShownArtwork,
} from './shown-artworks.js';
import { shownKey } from './shown-store.js';

/** What is known of one member, as the decision path reads it. */
export interface MemberProfile {
  readonly member: Member | undefined;
  /** shape (E): declared taste and taste learned from plays, weighed together */
  readonly vector: Float32Array;
  /** age up to which titles may be shown; Infinity: no limit */
  readonly maturityLimit: number;
  /** good plays learned from */
  readonly plays: number;
  /** artworks shown as often as they may be; absent: none, or there is no cap */
  readonly capped?: CappedArtworks;
}

/** A member's taste as plays told it: n good plays (weighted by reward) and the sum of what they were plays of. */
export interface MemberHistory {
  readonly memberId: string;
  readonly plays: number;
  /** shape (E) */
  readonly sum: Float32Array;
}

export interface MemberStoreOptions {
  /** declared taste counts as this many good plays; default 4 */
  readonly priorStrength: number;
  /** profiles held in process; default 200,000 */
  readonly cacheEntries: number;
  /** where other processes write members too: a profile is read anew after so long; default: never */
  readonly expiry?: { readonly afterMs: number; readonly clock: Clock };
  /** default: artworks may be shown as often as they are drawn */
  readonly frequencyCap?: FrequencyCap;
}

interface Held {
  readonly profile: MemberProfile;
  /** when it was read, by the expiry's clock */
  readonly atMs: number;
}

const MEMBER_PREFIX = 'member/';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Member features over the key-value port, behind an in-process cache. An unknown member is no error: the profile is the prior (zeros).
 *
 *   m = (k·declared + Σ plays' vectors) / (k + n)
 */
export class MemberStore {
  readonly #cache: LRUCache<string, Held>;
  /** histories are sums over the themes: those of another vocabulary are not mistaken for ours, whatever their length */
  readonly #historyPrefix: string;
  /** bumped by every write to a member, so that a slow load never puts an older profile into the cache */
  #writes = 0;

  constructor(
    readonly schema: ContextSchema,
    readonly store: KeyValueStore,
    readonly options: MemberStoreOptions,
  ) {
    this.#cache = new LRUCache({ max: options.cacheEntries });
    this.#historyPrefix = `history/${schema.hash}/`;
  }

  /** The profile if it is in memory and has not expired: what the hot path asks first. */
  cached(memberId: string): MemberProfile | undefined {
    const held = this.#cache.get(memberId);
    return held !== undefined && this.#isFresh(held) ? held.profile : undefined;
  }

  /** The profile if it is in memory, expired or not: better than none where the store is slow or away. */
  lastKnown(memberId: string): MemberProfile | undefined {
    return this.#cache.get(memberId)?.profile;
  }

  async load(memberId: string): Promise<MemberProfile> {
    const before = this.#writes;
    const atMs = this.#nowMs();
    const { frequencyCap } = this.options;
    const [declared, history, shown] = await this.store.getMany([
      MEMBER_PREFIX + memberId,
      this.#historyPrefix + memberId,
      ...(frequencyCap ? [shownKey(memberId)] : []),
    ]);
    const cached = this.cached(memberId);
    if (cached !== undefined) return cached;
    const profile = this.#profile(
      declared ? (JSON.parse(decoder.decode(declared)) as Member) : undefined,
      history ? decodeHistory(memberId, history, this.schema.embeddingSize) : undefined,
      frequencyCap && cappedArtworks(decodeShown(shown), frequencyCap),
    );
    if (this.#writes === before) this.#cache.set(memberId, { profile, atMs });
    return profile;
  }

  /** Stores what is valid and says why the rest is not; durable when it resolves. */
  async putMembers(members: readonly Member[]): Promise<PutOutcome> {
    const rejected: Rejection[] = [];
    const valid: Member[] = [];
    for (const [index, member] of members.entries()) {
      const unknown = Object.keys(member.themes ?? {}).find((t) => !this.schema.themes.includes(t));
      if (unknown === undefined) valid.push(member);
      else
        rejected.push({
          index,
          code: 'catalogue/unknown-theme',
          message: `theme ${shown(unknown)}; expected one of ${this.schema.themes.join(', ')}`,
        });
    }
    await this.store.write({
      puts: valid.map((m) => [MEMBER_PREFIX + m.memberId, encoder.encode(JSON.stringify(m))]),
    });
    this.#writes++;
    for (const member of valid) this.#cache.delete(member.memberId);
    return { stored: valid.length, rejected };
  }

  /**
   * Takes in histories as the learner has them now: absolute values, so taking one in twice changes nothing.
   *
   * @param guard what is expected of the store, where several learners write to it @throws AppError `store/conflict`
   */
  async putHistories(histories: readonly MemberHistory[], guard: readonly Expectation[] = []): Promise<void> {
    this.#refresh(histories);
    await this.store.write({
      expect: guard,
      puts: histories.map((h) => [this.#historyPrefix + h.memberId, encodeHistory(h)]),
    });
    // Once more: a profile loaded while this was being written holds the history before.
    this.#refresh(histories);
  }

  /** Takes in what a member was shown, as it is stored now. */
  takeShown(memberId: string, shown: readonly ShownArtwork[]): void {
    const { frequencyCap } = this.options;
    this.#writes++;
    const cached = this.#cache.peek(memberId);
    if (cached === undefined || frequencyCap === undefined) return;
    const { member, vector, maturityLimit, plays } = cached.profile;
    const capped = cappedArtworks(shown, frequencyCap);
    const profile = { member, vector, maturityLimit, plays, ...(capped && { capped }) };
    this.#cache.set(memberId, { profile, atMs: cached.atMs });
  }

  /** Brings cached profiles up to date. */
  #refresh(histories: readonly MemberHistory[]): void {
    this.#writes++;
    for (const history of histories) {
      const cached = this.#cache.peek(history.memberId);
      // What was declared is as old as it was.
      if (cached)
        this.#cache.set(history.memberId, {
          profile: this.#profile(cached.profile.member, history, cached.profile.capped),
          atMs: cached.atMs,
        });
    }
  }

  /** Members in order of id, for people to pick from. */
  async list(limit: number): Promise<Member[]> {
    const members: Member[] = [];
    for await (const [, bytes] of this.store.scan(MEMBER_PREFIX)) {
      if (members.length >= limit) break;
      members.push(JSON.parse(decoder.decode(bytes)) as Member);
    }
    return members;
  }

  #nowMs(): number {
    return this.options.expiry?.clock.nowMs() ?? 0;
  }

  #isFresh({ atMs }: Held): boolean {
    return this.#nowMs() - atMs < (this.options.expiry?.afterMs ?? Infinity);
  }

  #profile(
    member: Member | undefined,
    history: MemberHistory | undefined,
    capped: CappedArtworks | undefined,
  ): MemberProfile {
    const k = this.options.priorStrength;
    const vector = themeVector(this.schema, member?.themes ?? {});
    const plays = history?.plays ?? 0;
    for (let e = 0; e < vector.length; e++)
      vector[e] = (k * vector[e]! + (history?.sum[e] ?? 0)) / (k + plays);
    const maturityLimit = member?.maturityLimit ?? Infinity;
    return { member, vector, maturityLimit, plays, ...(capped && { capped }) };
  }
}

function encodeHistory(history: MemberHistory): Uint8Array {
  const values = Float32Array.of(history.plays, ...history.sum);
  return new Uint8Array(values.buffer);
}

function decodeHistory(memberId: string, bytes: Uint8Array, size: number): MemberHistory {
  if (bytes.byteLength !== 4 * (size + 1)) {
    throw new AppError(
      'snapshot/wrong-schema',
      `a member history has ${bytes.byteLength} bytes; expected ${4 * (size + 1)}`,
    );
  }
  const values = new Float32Array(bytes.slice().buffer);
  return { memberId, plays: values[0]!, sum: values.subarray(1) };
}
