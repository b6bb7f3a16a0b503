import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/clock.js';
import { asId, type EventId, type MemberId, type RequestId } from '../core/ids.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import { chdbAnalytics } from '../feedback/analytics/chdb/chdb.js';
import { clickHouseAnalytics } from '../feedback/analytics/clickhouse/clickhouse.js';
import { memoryEventLog } from '../feedback/event-log/memory/index.js';
import type { EventLog, Topic } from '../feedback/event-log/event-log.js';
import { encodeImpression, encodeLabel, encodePlay } from '../feedback/events/avro.js';
import type { ImpressionEvent, LabelEvent } from '../feedback/events/events.js';
import { startSink } from '../feedback/sink/sink.js';
import { startClickHouseFront } from '../scripts/clickhouse/clickhouse-front.js';
import type { Benchmark } from './benchmark.js';
import { median } from './load/percentiles.js';
import { cpuMicrosOf } from './processes.js';

const PAGES = 20_000;
const SLOTS = 5;
const START_MS = Date.UTC(2026, 10, 14);

interface Tables {
  readonly analytics: Analytics;
  /** of the process that the engine runs in */
  readonly pid: number;
  close(): Promise<void>;
}

interface Measured {
  readonly rowsPerSecond: number;
  readonly ourMicrosPerRow: number;
  readonly engineMicrosPerRow: number;
}

const ENGINES: Readonly<Record<string, (directory: string) => Promise<Tables>>> = {
  'embedded (chDB)': async (directory) => {
    const analytics = await chdbAnalytics({ path: directory });
    return { analytics, pid: analytics.enginePid()!, close: () => analytics.close() };
  },
  'HTTP (the test front on chDB)': async (directory) => {
    const front = await startClickHouseFront({ directory });
    const analytics = clickHouseAnalytics({ url: front.url });
    const close = async (): Promise<void> => {
      await analytics.close();
      await front.stop();
    };
    return { analytics, pid: front.pid, close };
  },
};

/** From records in the log to rows in the tables, roll-ups included. */
export const sink: Benchmark = async (options) => {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const [name, open] of Object.entries(ENGINES)) {
    const measured: Measured[] = [];
    for (let round = 0; round < options.rounds; round++) {
      options.say(`sink: ${name}, round ${round + 1} of ${options.rounds}`);
      measured.push(await measure(open));
    }
    raw.push({ name, measured });
    const middle = (read: (one: Measured) => number): number => median(measured.map(read));
    rows.push([
      name,
      Math.round(middle((one) => one.rowsPerSecond)),
      tenths(middle((one) => one.ourMicrosPerRow)),
      tenths(middle((one) => one.engineMicrosPerRow)),
    ]);
  }
  return {
    name: 'sink',
    method: `One sink over a log in memory: ${PAGES} pages of ${SLOTS} impressions with their trials, one play and one reward each, as rows, until all are visible and rolled up. Batches of 20,000 rows. CPU of all threads: ours reads, prints and sends; the engine's parses, writes and merges. The HTTP row includes the front's own share, which a real server does not have.`,
    columns: ['engine', 'rows/s', 'our CPU µs/row', 'engine CPU µs/row'],
    rows,
    raw,
  };
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

async function measure(open: (directory: string) => Promise<Tables>): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-sink-'));
  const log = memoryEventLog();
  await fill(log);
  const tables = await open(join(directory, 'tables'));
  try {
    await tables.analytics.migrate();
    const engineBefore = await cpuMicrosOf(tables.pid);
    const before = process.cpuUsage();
    const startMs = performance.now();
    const artworks = ['a', 'b'].map((artworkId) => ({ artworkId, url: '', themes: {} }));
    const names = { revision: (revision: number) => ({ title: { titleId: `title-${revision}`, artworks } }) };
    const running = await startSink({
      ...{ log, analytics: tables.analytics, revisions: names, clock: systemClock, batchRows: 20_000 },
    });
    await running.drained();
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    const engine = (await cpuMicrosOf(tables.pid)) - engineBefore;
    const { impressions, plays, outcomes } = running.stats().rows;
    const written = impressions + plays + outcomes;
    await running.close();
    return {
      rowsPerSecond: written / seconds,
      ourMicrosPerRow: (user + system) / written,
      engineMicrosPerRow: engine / written,
    };
  } finally {
    await tables.close();
    await log.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(log: EventLog): Promise<void> {
  const append = async (topic: Topic, key: string, values: readonly Uint8Array[]): Promise<void> => {
    await log.append(
      topic,
      values.map((value) => ({ key, value, timestampMs: START_MS })),
      'written',
    );
  };
  for (let page = 0; page < PAGES; page++) {
    const key = `member-${page % 5_000}`;
    const seen = Array.from({ length: SLOTS }, (_, slot) => impressionOf(page, slot, key));
    const play = {
      ...seen[0]!,
      eventId: asId<EventId>(`${page}/p`),
      playId: 'p',
      watchedSeconds: 400,
      watchedFraction: 0.5,
    };
    const trials = seen.map((impression) => labelOf(impression, {}));
    const reward = labelOf(seen[0]!, { kind: 'reward', rewardAfter: 1, watchedSeconds: 400 });
    await append('impressions', key, seen.map(encodeImpression));
    await append('plays', key, [encodePlay(play)]);
    await append('labels', key, [...trials, reward].map(encodeLabel));
  }
}

function impressionOf(page: number, slot: number, member: string): ImpressionEvent {
  const requestId = asId<RequestId>(`request-${page.toString(36).padStart(14, '0')}`);
  const atMs = START_MS + page * 50 + slot;
  return {
    ...{ eventId: asId<EventId>(`${requestId}/${slot}`), requestId, memberId: asId<MemberId>(member) },
    ...{ slot, atMs, receivedAtMs: atMs + 20 },
  };
}

function labelOf(
  { requestId, memberId, slot, atMs }: ImpressionEvent,
  change: Partial<LabelEvent>,
): LabelEvent {
  return {
    ...{
      kind: 'trial',
      requestId,
      memberId,
      slot,
      canvas: 'home-row',
      experiment: 'policies',
      variant: 'contextual',
    },
    ...{
      policy: 'squarecb',
      snapshotVersion: 12,
      contextSchema: 'c0ffee',
      epoch: 41,
      device: 1,
      daypart: 2,
      country: 'GB',
    },
    ...{ rowId: 'top', rowIndex: 0, position: slot, titleRevision: slot, arm: 1, propensity: 0.25, flags: 0 },
    ...{
      memberVector: new Float32Array(16).fill(0.25),
      impressionAtMs: atMs,
      atMs,
      rewardBefore: 0,
      rewardAfter: 0,
    },
    ...{
      watchedSeconds: 0,
      examination: 1,
      swaps: new Float32Array(0),
      neighbourRewards: new Float32Array(0),
    },
    ...{ ownerEpoch: 0, ownerSequence: 0 },
    ...change,
  };
}
