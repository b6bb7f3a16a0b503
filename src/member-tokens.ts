import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { asId, type MemberId } from '../core/ids.js';

/**
 * What a browser asks for pages with: good for one member, for minutes. An API key never has to leave the servers of whoever runs the homepage.
 *
 *   "mt_" base64url([1 version][6 expiresAtMs][n member id, UTF-8][16 HMAC-SHA-256, cut to 128 bits])
 */
export interface MemberTokens {
  issue(memberId: MemberId): { readonly token: string; readonly expiresAtMs: number };
  /** @throws AppError `member-token/invalid` | `member-token/expired` */
  verify(token: string): MemberId;
}

export const MEMBER_TOKEN_PREFIX = 'mt_';
const VERSION = 1;
const HEADER = 1 + 6;
const MAC = 16;
const MAX_TOKEN = 600;

export interface MemberTokenOptions {
  /** what request tokens are signed with: this key is derived from it */
  readonly key: string;
  readonly clock: Clock;
  readonly ttlMs: number;
}

export function memberTokens({ key, clock, ttlMs }: MemberTokenOptions): MemberTokens {
  const ownKey = createHmac('sha256', key).update('member-token').digest();
  const mac = (body: Uint8Array): Buffer =>
    createHmac('sha256', ownKey).update(body).digest().subarray(0, MAC);

  return {
    issue(memberId) {
      const member = Buffer.from(memberId, 'utf8');
      const expiresAtMs = clock.nowMs() + ttlMs;
      const body = Buffer.alloc(HEADER + member.length);
      body[0] = VERSION;
      body.writeUIntBE(expiresAtMs, 1, 6);
      member.copy(body, HEADER);
      const token = MEMBER_TOKEN_PREFIX + Buffer.concat([body, mac(body)]).toString('base64url');
      return { token, expiresAtMs };
    },

    verify(token) {
      const body = verified(token, mac);
      const expiredMs = clock.nowMs() - body.readUIntBE(1, 6);
      if (expiredMs >= 0)
        throw new AppError(
          'member-token/expired',
          `the member token expired ${Math.round(expiredMs / 1000)} s ago; ask for another`,
        );
      return asId<MemberId>(body.toString('utf8', HEADER));
    },
  };
}

function verified(token: string, mac: (body: Uint8Array) => Buffer): Buffer {
  const malformed = (why: string) =>
    new AppError('member-token/invalid', `the member token ${why}; expected one of POST /v1/member-tokens`);
  if (token.length > MAX_TOKEN) throw malformed(`has ${token.length} characters`);
  const text = token.slice(MEMBER_TOKEN_PREFIX.length);
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= HEADER + MAC || bytes.toString('base64url') !== text) throw malformed('is not whole');
  if (bytes[0] !== VERSION) throw malformed(`has version ${bytes[0] ?? 0}`);
  const body = bytes.subarray(0, bytes.length - MAC);
  if (!timingSafeEqual(mac(body), bytes.subarray(bytes.length - MAC)))
    throw new AppError(
      'member-token/invalid',
      'the member token was not signed by this service, or was changed',
    );
  return body;
}
