import { createHash } from 'node:crypto';
import { AppError, shown } from '../../core/errors.js';
import type { Config } from '../config-schema.js';
import { SCOPES, type Scope } from './scopes.js';

/** A key as it is known here: never the key itself. */
export interface KnownKey {
  /** what logs and metrics call it; two keys of one id are the old and the new of a rotation */
  readonly id: string;
  /** SHA-256 of the key, 32 bytes */
  readonly digest: Buffer;
  readonly scopes: ReadonlySet<Scope>;
  /** epoch milliseconds; undefined: never */
  readonly expiresAtMs: number | undefined;
}

type Auth = Config['auth'];
type ConfiguredKey = Auth['keys'][number];

/**
 * A fast hash without salt, on purpose: salt and slowness protect secrets that people choose, which can be guessed from a list. A key of
 * {@link newKey} has 256 random bits: nobody can try them all, and no table of hashes holds it. A slow hash would let anyone who sends wrong keys occupy the processor.
 */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** All keys that `auth` names: those of `auth.apiKeys` may do everything and are called `api-key-1`, `api-key-2`, … */
export function configuredKeys({ apiKeys, keys }: Auth): KnownKey[] {
  return [
    ...apiKeys.map((key, place) => ({
      id: `api-key-${place + 1}`,
      digest: sha256(key),
      scopes: new Set(SCOPES),
      expiresAtMs: undefined,
    })),
    ...keys.map((key) => ({
      id: key.id,
      digest: digestOf(key),
      scopes: new Set(key.scopes),
      expiresAtMs: key.expiresAt === undefined ? undefined : Date.parse(key.expiresAt),
    })),
  ];
}

/** A key in plain text that may do all of `scopes`, for what this installation runs itself (a demo, a load test). @returns undefined: none is configured */
export function plainKey({ apiKeys, keys }: Auth, scopes: readonly Scope[]): string | undefined {
  const able = keys.find(
    (one) => one.key !== undefined && scopes.every((scope) => one.scopes.includes(scope)),
  );
  return apiKeys[0] ?? able?.key;
}

/** @throws AppError `config/bad-value`: a message never shows a key */
export function checkKeys(auth: Auth): void {
  const bad = (place: number, is: string, expected: string): AppError =>
    new AppError('config/bad-value', `auth.keys.${place} ${is}; expected ${expected}`);
  for (const [place, { key, sha256: hash, expiresAt }] of auth.keys.entries()) {
    if ((key === undefined) === (hash === undefined))
      throw bad(
        place,
        key === undefined ? 'has neither key nor sha256' : 'has key and sha256',
        'one of them',
      );
    if (expiresAt !== undefined && !Number.isFinite(Date.parse(expiresAt)))
      throw bad(place, `has expiresAt ${shown(expiresAt)}`, 'a moment like 2027-01-31T12:00:00Z');
  }
  const known = configuredKeys(auth);
  const digests = new Map<string, string>();
  for (const { id, digest } of known) {
    const other = digests.get(digest.toString('hex'));
    if (other !== undefined)
      throw new AppError(
        'config/bad-value',
        `auth names one key twice, as ${shown(other)} and ${shown(id)}; expected each key once`,
      );
    digests.set(digest.toString('hex'), id);
  }
}

function digestOf({ key, sha256: hash }: ConfiguredKey): Buffer {
  return hash === undefined ? sha256(key ?? '') : Buffer.from(hash, 'hex');
}
