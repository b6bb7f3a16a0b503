import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseFront, type ClickHouseFront } from '../../../scripts/clickhouse/clickhouse-front.js';
import { analyticsContract } from '../analytics.contract.js';
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

analyticsContract('clickhouse', () => {
  const analytics = clickHouseAnalytics({ url: front.url, password: 'p:ä%' });
  return Promise.resolve({ analytics, dispose: () => analytics.close() });
});

describe('clickhouse', () => {
  it('x', async () => {
    const analytics = clickHouseAnalytics({ url: front.url, password: 'p:ä%', compress: true });
    expect(await analytics.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
