import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, type KafkaServer } from '../../../scripts/kafka/kafka-server.js';
import type { Batch, LogRecord } from '../event-log.js';
import { kafkaEventLog, type KafkaEventLogOptions } from './index.js';
import { kafkaCanRun } from './kafka-broker.fixture.js';

const START_LIMIT_MS = 600_000;
const SECRET = 'only for this test';

describe.runIf(kafkaCanRun)('on a broker that asks for TLS and a login', () => {
  const directory = mkdtempSync(join(tmpdir(), 'marquee-secured-'));
  let server: KafkaServer;
  let authority: string;

  beforeAll(async () => {
    const keystore = join(directory, 'broker.p12');
    keytool(keystore, '-genkeypair', '-keyalg', 'RSA', '-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1');
    authority = keytool(keystore, '-exportcert', '-rfc');
    server = await startKafka({
      directory,
      security: { keystore, keystorePassword: SECRET, username: 'marquee', password: SECRET },
    });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await server.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  function keytool(keystore: string, ...command: string[]): string {
    const store = ['-alias', 'broker', '-keystore', keystore, '-storetype', 'PKCS12', '-storepass', SECRET];
    const { status, stdout, stderr } = spawnSync('keytool', [...command, ...store], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`keytool: ${stdout}${stderr}`);
    return stdout;
  }

  const options = (more: Partial<KafkaEventLogOptions> = {}): KafkaEventLogOptions => ({
    brokers: [server.broker],
    partitions: 1,
    replicationFactor: 1,
    fetchWaitMs: 50,
    maxRetryTimeMs: 1_000,
    tls: { ca: [authority] },
    sasl: { mechanism: 'plain', username: 'marquee', password: SECRET },
    ...more,
  });

  it('appends and reads back', async () => {
    const log = await kafkaEventLog(options());
    await log.append('plays', [{ key: 'member', value: Uint8Array.of(1, 2), timestampMs: 5 }], 'synced');
    const record = await new Promise<LogRecord>((resolve, reject) => {
      const onBatch = async ({ records }: Batch): Promise<void> => {
        await Promise.resolve(records[0]!).then(resolve);
      };
      log.consume({ group: 'reader', topics: ['plays'], onBatch }).catch(reject);
    });
    expect(record).toMatchObject({ key: 'member', value: Buffer.of(1, 2), timestampMs: 5, offset: 0 });
    await log.close();
  }, 60_000);

  it.each([
    ['a wrong password', { sasl: { mechanism: 'plain' as const, username: 'marquee', password: 'guessed' } }],
    ['an authority that is not trusted', { tls: true }],
  ])(
    'refuses %s without telling the password',
    async (_, wrong) => {
      const refused: unknown = await kafkaEventLog(options(wrong)).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'log/failed' });
      expect(String(refused)).not.toMatch(/guessed|only for this test/);
    },
    60_000,
  );
});
