import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { asId, type MemberId, type RequestId } from '../core/ids.js';
import { AppError } from '../core/errors.js';
import type { Clock } from '../core/clock.js';

/** What a request's token says: enough to route and check its events without looking anything up. */
export interface TokenClaims {
  readonly requestId: RequestId;
  readonly memberId: MemberId;
  readonly issuedAtMs: number;
  /** slots of the page: an event names one below this */
  readonly slots: number;
}

/**
 * One token per request: version, time, slot count, request id, member id, then HMAC-SHA-256 cut to 128 bits, in base64url.
 *
 *   [1 version][6 issuedAtMs][4 slots][16 request id][n member id, UTF-8][16 mac]
 *
 * Signed, not encrypted: the member's own client already knows who the member is.
 */
export interface Tokens {
  sign(claims: TokenClaims): string;
  /** @throws AppError `token/malformed` | `token/bad-signature` | `token/expired` */
  verify(token: string): TokenClaims;
}

const VERSION = 1;
const HEADER = 1 + 6 + 4 + 16;
const MAC = 16;
const MAX_TOKEN = 1200;

export interface TokenOptions {
  readonly key: string;
  readonly clock: Clock;
  readonly ttlMs: number;
  /** verified tokens remembered: the events of a page cite the same one; default 20,000 */
  readonly cacheEntries?: number;
}

export function tokens({ key, clock, ttlMs, cacheEntries = 20_000 }: TokenOptions): Tokens {
  const verified = new LRUCache<string, TokenClaims>({ max: cacheEntries });
  const mac = (body: Uint8Array): Buffer => createHmac('sha256', key).update(body).digest().subarray(0, MAC);

  return {
    sign(claims) {
      const member = Buffer.from(claims.memberId, 'utf8');
      const bytes = Buffer.alloc(HEADER + member.length + MAC);
      bytes[0] = VERSION;
      bytes.writeUIntBE(claims.issuedAtMs, 1, 6);
      bytes.writeUInt32BE(claims.slots, 7);
      bytes.write(claims.requestId, 11, 16, 'base64url');
      member.copy(bytes, HEADER);
      mac(bytes.subarray(0, HEADER + member.length)).copy(bytes, HEADER + member.length);
      return bytes.toString('base64url');
    },

    verify(token) {
      let claims = verified.get(token);
      if (claims === undefined) {
        claims = parse(token, mac);
        verified.set(token, claims);
      }
      const ageMs = clock.nowMs() - claims.issuedAtMs;
      if (ageMs > ttlMs)
        throw new AppError(
          'token/expired',
          `the token is ${Math.round(ageMs / 1000)} s old; expected at most ${ttlMs / 1000} s`,
        );
      return claims;
    },
  };
}

function parse(token: string, mac: (body: Uint8Array) => Buffer): TokenClaims {
  const malformed = (why: string) =>
    new AppError('token/malformed', `the token ${why}; expected one as POST /v1/home returned it`);
  if (token.length > MAX_TOKEN) throw malformed(`has ${token.length} characters`);
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length <= HEADER + MAC || bytes.toString('base64url') !== token) throw malformed('is not whole');
  if (bytes[0] !== VERSION) throw malformed(`has version ${bytes[0] ?? 0}`);
  const body = bytes.subarray(0, bytes.length - MAC);
  if (!timingSafeEqual(mac(body), bytes.subarray(bytes.length - MAC))) {
    throw new AppError('token/bad-signature', 'the token was not signed by this service, or was changed');
  }
  return {
    issuedAtMs: body.readUIntBE(1, 6),
    slots: body.readUInt32BE(7),
    requestId: asId<RequestId>(body.toString('base64url', 11, 27)),
    memberId: asId<MemberId>(body.toString('utf8', HEADER)),
  };
}
