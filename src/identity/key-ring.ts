import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { TokenBucket } from '../rate-limits/token-bucket.js';
import { sha256, type KnownKey } from './configured-keys.js';
import type { Scope } from './scopes.js';

/** Why a request was not let in. */
export type Refusal = 'missing' | 'unknown' | 'expired' | 'forbidden' | 'rate-limited';

export interface KeyRingOptions {
  readonly clock: Clock;
  /** of the requests of each id; requestsPerSecond 0: as many as come */
  readonly limits: { readonly requestsPerSecond: number; readonly burst: number };
  /** @param keyId '' where no key was recognised */
  readonly onRefused: (keyId: string, reason: Refusal) => void;
  /** a key that will expire was used: whoever holds it has not moved to the new one */
  readonly onExpiring: (keyId: string) => void;
}

export interface KeyRing {
  /**
   * Lets the holder of a key in, for one request.
   *
   * @param presented what the request has for a key; '': nothing
   * @param expected where a key belongs, for the message
   * @throws AppError `request/unauthenticated` | `request/forbidden` | `request/rate-limited`
   */
  admit(presented: string, scope: Scope, expected: string): void;
}

interface HeldKey extends KnownKey {
  /** one for all keys of an id, so that a rotation gives nobody twice as much */
  readonly bucket: TokenBucket | undefined;
}

/** Two keys of one id are both good, until the `expiresAt` of each. */
export function keyRing(known: readonly KnownKey[], options: KeyRingOptions): KeyRing {
  const { clock, onRefused, onExpiring } = options;
  const held = withBuckets(known, options);

  /** Every key is compared, each in constant time: timing tells neither which key nor how much of it was right. */
  const find = (presented: string): HeldKey | undefined => {
    const digest = sha256(presented);
    let found: HeldKey | undefined;
    for (const key of held) found = timingSafeEqual(key.digest, digest) ? key : found;
    return found;
  };
  const refuse = (keyId: string, reason: Refusal, error: AppError): AppError => {
    onRefused(keyId, reason);
    return error;
  };

  return {
    admit(presented, scope, expected) {
      const key = find(presented);
      if (key === undefined)
        throw refuse(
          '',
          presented === '' ? 'missing' : 'unknown',
          unauthenticated(`the request lacks a valid API key; expected ${expected}`),
        );
      const { id, expiresAtMs, bucket } = key;
      if (expiresAtMs !== undefined) {
        if (clock.nowMs() >= expiresAtMs)
          throw refuse(
            id,
            'expired',
            unauthenticated(`the API key expired at ${new Date(expiresAtMs).toISOString()}`),
          );
        onExpiring(id);
      }
      const waitMs = bucket === undefined ? 0 : bucket.take(clock.nowMs());
      if (waitMs > 0) throw refuse(id, 'rate-limited', rateLimited(options, waitMs));
      if (!key.scopes.has(scope)) throw refuse(id, 'forbidden', forbidden(key, scope));
    },
  };
}

function withBuckets(known: readonly KnownKey[], { clock, limits }: KeyRingOptions): HeldKey[] {
  const { requestsPerSecond, burst } = limits;
  const buckets = new Map<string, TokenBucket>();
  return known.map((key) => {
    if (requestsPerSecond === 0) return { ...key, bucket: undefined };
    const bucket = buckets.get(key.id) ?? new TokenBucket(requestsPerSecond, burst, clock.nowMs());
    buckets.set(key.id, bucket);
    return { ...key, bucket };
  });
}

function unauthenticated(message: string): AppError {
  return new AppError('request/unauthenticated', message);
}

function forbidden({ scopes }: KnownKey, scope: Scope): AppError {
  return new AppError(
    'request/forbidden',
    `the request needs a key with the scope ${scope}; this one has ${[...scopes].join(', ')}`,
  );
}

function rateLimited({ limits }: KeyRingOptions, waitMs: number): AppError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new AppError(
    'request/rate-limited',
    `this key has used up its ${limits.requestsPerSecond} requests a second; expected the next in ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  );
}
