import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkProcess, configWarnings } from './config-checks.js';
import { loadConfig, withoutSecrets } from './config.js';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'marquee-config-')), 'marquee.yaml');
  writeFileSync(path, text);
  return path;
}

const load = (text: string, environment: Record<string, string> = {}) =>
  loadConfig({ file: file(text), environment });

const KAFKA = 'eventLog: {adapter: kafka, kafka: {brokers: [b:9092]';
const REDIS = 'store: {adapter: redis, redis: {urls: ["redis://r"]}}';

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
    'server.host is "0.0.0.0" and auth.keys and auth.apiKeys are empty; expected a key for anything but loopback',
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

test.each([
  [
    'eventLog: {adapter: kafka}',
    'eventLog.adapter is kafka and eventLog.kafka.brokers is []; expected at least one host:port',
  ],
  ['store: {adapter: redis}', 'store.redis.urls is []; expected at least one redis:// address'],
  ['analytics: {adapter: clickhouse}', 'analytics.clickhouse.url is not set; expected http://host:8123'],
  [
    `${KAFKA}, sasl: {mechanism: plain, username: u}}}`,
    'mechanism is plain; expected eventLog.kafka.sasl.username and .password',
  ],
  [`${KAFKA}, tls: {enabled: true, certFile: a.pem}}}`, 'has certFile alone; expected certFile and keyFile'],
  [`${KAFKA}, heartbeatIntervalMs: 6000}}`, 'heartbeatIntervalMs is 6000; expected at most half of'],
])('adapters without what they need stop the start (%s)', (text, message) => {
  const expected = expect.stringContaining(message) as string;
  expect(() => load(text)).toThrow(
    expect.objectContaining({ code: 'config/bad-value', message: expected }) as Error,
  );
});

test.each([
  [
    `${KAFKA}}}\nroles: [serve]`,
    'roles is ["serve"] and store.adapter is lmdb, which no other process can read; expected store.adapter redis',
  ],
  [
    `${KAFKA}}}\n${REDIS}\nroles: [dashboards]`,
    'whose tables are in the process that has the sink; expected sink with dashboards',
  ],
  [REDIS, 'secrets.tokenKey and secrets.drawKey are not set; expected the same in each'],
  [`${REDIS}\nsecrets: {tokenKey: ${'k'.repeat(32)}}`, 'and secrets.drawKey is not set'],
])('roles that cannot work with these adapters stop the process (%s)', (text, message) => {
  const expected = expect.stringContaining(message) as string;
  const config = load(text);
  expect(() => checkProcess(config)).toThrow(
    expect.objectContaining({ code: 'config/bad-value', message: expected }) as Error,
  );
});

test.each([
  ['eventLog: {kafka: {brokers: [b:9092]}}', ['eventLog.kafka.brokers is set']],
  [`${KAFKA}}}`, ['no second process may use these topics', 'no other process may have the role sink']],
  [`${KAFKA}}}\n${REDIS}\nroles: [learn]`, []],
  [`${REDIS}\nroles: [learn]`, ['reaches no other process']],
])('what works and may not be meant is said (%s)', (text, lines) => {
  const said = configWarnings(load(text));
  expect(said).toEqual(lines.map((line) => expect.stringContaining(line) as string));
});

test('the result is frozen through and through', () => {
  const config = load('');
  expect(Object.isFrozen(config.experiment.variants[0])).toBe(true);
});

test('secrets are never shown', () => {
  const secret = 'correct-horse-battery-staple-correct';
  const config = load(
    `auth: {apiKeys: [${secret}]}
secrets: {tokenKey: ${secret}}
store: {redis: {urls: ["redis://:${secret}@host"]}}
eventLog: {kafka: {brokers: [host:9092], sasl: {username: me, password: ${secret}}}}
analytics: {clickhouse: {url: "http://me:${secret}@host", password: ${secret}}}`,
  );
  const text = JSON.stringify(withoutSecrets(config));
  expect(text).not.toContain(secret);
  expect(text.match(/"\[secret\]"/g)).toHaveLength(6);
  expect(text).toContain('host:9092');
});

test.each([
  ['auth: {apiKeys: SECRET}', 'auth.apiKeys is a secret; it must be array'],
  ['auth: SECRET', 'auth is a secret; it must be object'],
  ['secrets: SECRET', 'secrets is a secret; it must be object'],
  ['store: SECRET', 'store is a secret; it must be object'],
  ['store: {redis: {urls: SECRET}}', 'store.redis.urls is a secret; it must be array'],
  ['eventLog: {kafka: {sasl: SECRET}}', 'eventLog.kafka.sasl is a secret; it must be object'],
  ['analytics: {clickhouse: SECRET}', 'analytics.clickhouse is a secret; it must be object'],
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
