import { InvalidArgumentError, type Command } from 'commander';
import { stringify } from 'yaml';
import { sha256 } from './configured-keys.js';
import { SCOPES, type Scope } from './scopes.js';

export interface KeysOutput {
  readonly stdout: NodeJS.WritableStream;
  /** cryptographically strong */
  readonly randomBytes: (count: number) => Buffer;
}

interface NewKeyOptions {
  readonly scopes: readonly Scope[];
  readonly id: string;
  readonly expiresAt?: string;
  readonly json?: boolean;
}

const KEY_BYTES = 32;
/** By it a secret scanner, or a person, knows what was found. */
const KEY_PREFIX = 'mk_';

/** "mk_" and 256 random bits in base64url. */
export function newKey(randomBytes: KeysOutput['randomBytes']): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

/** `marquee keys new`: prints a key, once, and the entry of `auth.keys` that knows it by its hash. */
export function registerKeys(program: Command, { stdout, randomBytes }: KeysOutput): void {
  program
    .command('keys')
    .description('API keys with scopes')
    .command('new')
    .description('print a fresh key, which is kept nowhere, and its entry for auth.keys')
    .requiredOption('--scopes <list>', `what it may do: some of ${SCOPES.join(',')}`, scopesOf)
    .option(
      '--id <id>',
      'what logs and metrics call it; the same as the old key’s for a rotation',
      idOf,
      'key',
    )
    .option('--expires-at <time>', 'UTC, like 2027-01-31T12:00:00Z; absent: never', timeOf)
    .option('--json', 'print JSON')
    .action(({ id, scopes, expiresAt, json }: NewKeyOptions) => {
      const key = newKey(randomBytes);
      const entry = {
        ...{ id, sha256: sha256(key).toString('hex'), scopes },
        ...(expiresAt !== undefined && { expiresAt }),
      };
      stdout.write(
        json === true
          ? `${JSON.stringify({ key, entry })}\n`
          : `The key, shown this once:\n\n  ${key}\n\nIts entry in the settings:\n\n${indented(entry)}`,
      );
    });
}

function indented(entry: object): string {
  return (
    stringify({ auth: { keys: [entry] } })
      .replaceAll(/^/gm, '  ')
      .trimEnd() + '\n'
  );
}

function scopesOf(text: string): Scope[] {
  const named = [...new Set(text.split(',').map((name) => name.trim()))];
  return named.map((name) => {
    const scope = SCOPES.find((one) => one === name);
    if (scope === undefined)
      throw new InvalidArgumentError(
        `${JSON.stringify(name)} is no scope; expected some of ${SCOPES.join(',')}`,
      );
    return scope;
  });
}

function idOf(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('expected up to 40 of a-z, 0-9 and -');
}

function timeOf(text: string): string {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(atMs)) return new Date(atMs).toISOString();
  throw new InvalidArgumentError('expected UTC, like 2027-01-31T12:00:00Z');
}
