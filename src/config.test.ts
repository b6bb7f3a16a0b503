import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig, withoutSecrets } from './config.js';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'marquee-config-')), 'marquee.yaml');
  writeFileSync(path, text);
  return path;
}

const load = (text: string, environment: Record<string, string> = {}) =>
  loadConfig({ file: file(text), environment });

test('defaults fill what is not set, the environment wins over the file, the command line over both', () => {
  const config = loadConfig({
    file: file('server: {port: 1000, host: 127.0.0.2}\nlearn: {lambda: 3}'),
    environment: { MARQUEE_SERVER__PORT: '2000', MARQUEE_LEARN__PUBLISH_INTERVAL_MS: '50', PATH: '/bin' },
    overrides: { server: { port: 3000 } },
  });
  expect(config.server).toMatchObject({ port: 3000, host: '127.0.0.2', bodyLimitBytes: 8 << 20 });
  expect(config.learn).toMatchObject({ lambda: 3, publishIntervalMs: 50, priorIntervalMs: 2000 });
});

test.each([
  [
    'server: {prot: 1}',
    'config/unknown-key',
    'unknown setting "server.prot"; the nearest known one is "server.port"',
  ],
  ['sever: {port: 1}', 'config/unknown-key', 'unknown setting "sever"; the nearest known one is "server"'],
  ['server: {port: 70000}', 'config/bad-value', 'server.port is 70000; it must be <= 65535'],
  [
    'roles: [serve, cook]',
    'config/bad-value',
    'roles.1 is "cook"; expected one of serve, learn, sink, dashboards',
  ],
  [
    'auth: {apiKeys: [hunter2]}',
    'config/bad-value',
    'auth.apiKeys.0 is a secret; it must NOT have fewer than 24 characters',
  ],
  [
    'server: {host: 0.0.0.0}',
    'config/unsafe-bind',
    'server.host is "0.0.0.0" and auth.apiKeys is empty; expected a key for anything but loopback',
  ],
  [
    'experiment: {variants: [{id: a, weight: 0, policy: uniform}]}',
    'config/bad-value',
    'experiment.variants has weights [0]; expected one above 0',
  ],
  ['- 1', 'config/unreadable', /holds \[1\]; expected settings by name$/],
])('%s stops the start', (text, code, message) => {
  const expected = typeof message === 'string' ? message : (expect.stringMatching(message) as string);
  expect(() => load(text)).toThrow(expect.objectContaining({ code, message: expected }) as Error);
});

test('the result is frozen through and through', () => {
  const config = load('');
  expect(Object.isFrozen(config.experiment.variants[0])).toBe(true);
});

test('secrets are never shown', () => {
  const secret = 'correct-horse-battery-staple-correct';
  const config = load(`auth: {apiKeys: [${secret}]}\nsecrets: {tokenKey: ${secret}}`);
  const text = JSON.stringify(withoutSecrets(config));
  expect(text).not.toContain(secret);
  expect(text).toContain('[secret]');
});

test.each([
  ['auth: {apiKeys: SECRET}', 'auth.apiKeys is a secret; it must be array'],
  ['auth: SECRET', 'auth is a secret; it must be object'],
  ['secrets: SECRET', 'secrets is a secret; it must be object'],
  ['secrets: {tokenKey: [SECRET]}', 'secrets.tokenKey is a secret; it must be string'],
  ['auth: {apiKeys: [SECRET', 'at line 1'],
])('a secret in the wrong place (%s) is refused without being shown', (text, message) => {
  const secret = 'correct-horse-battery-staple-correct';
  let refused = '';
  try {
    load(text.replace('SECRET', secret));
  } catch (error) {
    refused = (error as Error).message;
  }
  expect(refused).toContain(message);
  expect(refused).not.toContain(secret);
});
