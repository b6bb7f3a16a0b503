import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { manualClock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { loadConfig } from '../config.js';
import { configuredKeys, plainKey, sha256 } from './configured-keys.js';
import { keyRing } from './key-ring.js';
import { registerKeys } from './keys-command.js';

/** @returns what `marquee keys new` printed */
async function run(...options: string[]): Promise<string> {
  const stdout = new PassThrough();
  const program = new Command('marquee').exitOverride().configureOutput({ writeErr: () => undefined });
  registerKeys(program, { stdout, randomBytes: (count) => Buffer.alloc(count, 0xa5) });
  for (const one of program.commands.flatMap((command) => [command, ...command.commands]))
    one.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['keys', 'new', ...options], { from: 'user' });
  return String(stdout.read());
}

const load = (auth: unknown) => loadConfig({ environment: {}, overrides: { auth } }).auth;
// 32 bytes of 0xa5 in base64url
const KEY = `mk_${'paWl'.repeat(10)}paU`;

it('prints a key, and an entry with which the service lets it in, for what it is for', async () => {
  const printed = await run('--scopes', 'serve,ingest', '--id', 'homepage');
  expect(printed).toContain(`\n  ${KEY}\n`);
  const yaml = printed.slice(printed.indexOf('  auth:'));
  expect(yaml).not.toContain(KEY);
  const ring = keyRing(configuredKeys(load((parse(yaml) as { auth: unknown }).auth)), {
    ...{ clock: manualClock(0), limits: { requestsPerSecond: 0, burst: 1 } },
    ...{ onRefused: () => undefined, onExpiring: () => undefined },
  });
  ring.admit(KEY, 'serve', 'a key');
  ring.admit(KEY, 'ingest', 'a key');
  expect(() => ring.admit(KEY, 'admin', 'a key')).toThrow(
    'the request needs a key with the scope admin; this one has serve, ingest',
  );
  expect(() => ring.admit(`${KEY} `, 'serve', 'a key')).toThrow('expected a key');
});

it('says it in JSON, with when it expires', async () => {
  const options = ['--scopes', 'read', '--expires-at', '2027-01-31T12:00Z', '--json'];
  const { key, entry } = JSON.parse(await run(...options)) as { key: string; entry: object };
  expect(key).toBe(KEY);
  expect(entry).toMatchObject({ scopes: ['read'], expiresAt: '2027-01-31T12:00:00.000Z' });
  expect(configuredKeys(load({ keys: [entry] }))[0]!.expiresAtMs).toBe(Date.UTC(2027, 0, 31, 12));
});

test.each([
  [['--scopes', 'serve,cook'], /"cook" is no scope; expected some of serve,ingest,admin,read/],
  [['--scopes', 'serve', '--id', 'No'], /expected up to 40 of/],
  [['--scopes', 'serve', '--expires-at', 'tomorrow'], /expected UTC/],
  [[], /required option '--scopes <list>' not specified/],
])('%j is refused', async (options, message) => {
  await expect(run(...options)).rejects.toThrow(message);
});

test('the hash is SHA-256', () => {
  // FIPS 180-2, appendix B.1
  expect(sha256('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

const SECRET = 'hunter2-hunter2-hunter2-hunter2';
const own = { id: 'a', key: SECRET, scopes: ['read'] };
test.each([
  [{ keys: [{ id: 'a', scopes: ['read'] }] }, 'auth.keys.0 has neither key nor sha256; expected one of them'],
  [{ keys: [{ ...own, sha256: 'a'.repeat(64) }] }, 'auth.keys.0 has key and sha256; expected one of them'],
  [{ keys: [{ ...own, scopes: ['cook'] }] }, /expected one of serve, ingest, admin, read$/],
  [{ keys: [{ ...own, scopes: [] }] }, /^auth\.keys\.0\.scopes is \[\]; /],
  [{ keys: [{ ...own, sha256: SECRET }] }, /^auth\.keys\.0\.sha256 is a secret; /],
  [{ keys: [SECRET] }, 'auth.keys.0 is a secret; it must be object'],
  [{ keys: [{ ...own, expiresAt: 'soon' }] }, /^auth\.keys\.0\.expiresAt is "soon"; /],
  [{ keys: [{ ...own, expiresAt: '2027-13-01T00:00Z' }] }, /expected a moment like 2027-01-31T12:00:00Z$/],
  [
    { apiKeys: [SECRET], keys: [own] },
    'auth names one key twice, as "api-key-1" and "a"; expected each key once',
  ],
])('%j stops the start', (auth, message) => {
  expect(() => load(auth)).toThrow(AppError);
  expect(() => load(auth)).toThrow(message);
  expect(() => load(auth)).not.toThrow(SECRET);
});

test('a command of this installation takes a key in plain text that may do what it does', () => {
  const all = { id: 'all', key: `${SECRET}-2`, scopes: ['serve', 'ingest', 'admin', 'read'] };
  expect(plainKey(load({ keys: [own, all] }), ['serve', 'admin'])).toBe(all.key);
  expect(plainKey(load({ apiKeys: [`${SECRET}-3`], keys: [all] }), ['serve'])).toBe(`${SECRET}-3`);
  expect(plainKey(load({ keys: [own] }), ['serve'])).toBeUndefined();
});
