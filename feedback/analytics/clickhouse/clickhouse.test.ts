import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseFront, type ClickHouseFront } from '../../../scripts/clickhouse/clickhouse-front.js';
import { analyticsContract, type AnalyticsUnderTest } from '../analytics.contract.js';
import { readMigrations, SHIPPED_MIGRATIONS } from '../migrations.js';
import { retentionContract } from '../retention.contract.js';
import type { RetentionDays } from '../retention.js';
import { rollUpContract } from '../roll-ups.contract.js';
import { clickHouseAnalytics } from './clickhouse.js';

let folder: string;
let front: ClickHouseFront;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clickhouse-'));
  front = await startClickHouseFront({ directory: join(folder, 'tables'), password: 'p:ä%' });
});
afterAll(async () => {
  await front.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(retentionDays?: RetentionDays): Promise<AnalyticsUnderTest> {
  const options = { url: front.url, password: 'p:ä%', ...(retentionDays && { retentionDays }) };
  const analytics = await Promise.resolve(options).then(clickHouseAnalytics);
  return { analytics, dispose: () => analytics.close() };
}
analyticsContract('clickhouse', open);
rollUpContract('clickhouse', open);
retentionContract('clickhouse', open);

describe('clickhouse', () => {
  it('migrates once when several processes do it at once', async () => {
    const other = await startClickHouseFront({ directory: join(folder, 'fresh') });
    const processes = [1, 2, 3].map(() =>
      clickHouseAnalytics({ url: other.url, retentionDays: { plays: 90 } }),
    );
    const applied = await Promise.all(processes.map((analytics) => analytics.migrate()));
    expect(new Set(applied.flat()).size).toBe((await readMigrations(SHIPPED_MIGRATIONS)).length);
    const versions = 'SELECT count() AS n, uniqExact(version) AS versions FROM marquee.migrations FINAL';
    const [row] = await processes[0]!.query<{ n: number; versions: number }>(versions);
    expect(row!.n).toBe(row!.versions);
    expect(await processes[1]!.migrate()).toEqual([]);
    await Promise.all(processes.map((analytics) => analytics.close()));
    await other.stop();
  });
});
