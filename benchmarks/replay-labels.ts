import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asId } from '../core/ids.js';
import { seededRng } from '../core/rng.js';
import { Catalogue } from '../features/catalogue.js';
import { contextSchema } from '../features/context-vector.js';
import { memoryKeyValue } from '../features/key-value/memory/index.js';
import { embeddedEventLog } from '../feedback/event-log/embedded/index.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import { encodeLabel } from '../feedback/events/avro.js';
import type { LabelEvent } from '../feedback/events/events.js';
import { replayLabels } from '../feedback/update/replay-labels.js';
import { loadConfig } from '../src/config.js';
import { modelSpecs } from '../src/model-specs.js';
import type { Benchmark } from './benchmark.js';
import { syntheticCatalogue } from './synthetic-catalogue.js';

const LABELS = 200_000;
const BATCH = 2_000;
const TITLES = 2_000;
const ARTWORKS = 8;
const START_MS = Date.UTC(2026, 0, 1);

/** How large labels grow, and how long it takes to learn everything again from them: what an operator plans by. */
export const replayLabelsBench: Benchmark = async (options) => {
  const config = loadConfig({ environment: {} });
  const schema = contextSchema(config.features.themes);
  const revisions = await Catalogue.open(schema, memoryKeyValue(), config.catalogue);
  const size = { titles: TITLES, artworksPerTitle: ARTWORKS, rows: 1 };
  await revisions.putTitles(syntheticCatalogue(size, config.features.themes, seededRng(1)).titles);
  const models = modelSpecs(config, schema.dimension);
  const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-labels-'));
  const log = await embeddedEventLog({ directory, partitions: 1 });
  const rows: (string | number)[][] = [];
  try {
    options.say(`replay-labels: writing ${LABELS} labels`);
    const variant = config.experiment.variants[0]!.id;
    const about = { experiment: config.experiment.id, variant, contextSchema: schema.hash };
    await writeLabels(log, about, schema.embeddingSize);
    const bytes = await bytesBelow(join(directory, 'labels'));
    for (let round = 0; round < options.rounds; round++) {
      const [cpu, beganAtMs] = [process.cpuUsage(), performance.now()];
      const replayed = await replayLabels(log, models, { schema, revisions });
      const seconds = (performance.now() - beganAtMs) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      if (replayed.labels - replayed.unlearnable !== LABELS)
        throw new Error(`${replayed.labels - replayed.unlearnable} labels folded; expected ${LABELS}`);
      const perMillion = 1e6 / LABELS;
      rows.push([
        LABELS,
        Math.round(bytes / LABELS),
        Number((seconds * perMillion).toPrecision(3)),
        Number((((user + system) / 1e6) * perMillion).toPrecision(3)),
      ]);
    }
  } finally {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  }
  return {
    name: 'replay-labels',
    method: `${LABELS} labels (one reward in ten) of ${TITLES} titles × ${ARTWORKS} artworks in an embedded log of one partition, replayed into the ${models.length} models of the default configuration; hashing included. A line per round. Bytes: of the log's files, keys and framing included.`,
    columns: ['labels', 'bytes/label', 's per million', 'CPU s per million'],
    rows,
    raw: rows,
  };
};

async function writeLabels(
  log: EventLog,
  about: Pick<LabelEvent, 'experiment' | 'variant' | 'contextSchema'>,
  embeddingSize: number,
): Promise<void> {
  const rng = seededRng(2);
  for (let at = 0; at < LABELS; at += BATCH) {
    const labels = Array.from({ length: BATCH }, (_, i) =>
      labelOf(at + i, rng.below(TITLES), rng.below(ARTWORKS)),
    );
    const records = labels.map((label) => ({
      key: label.memberId,
      value: encodeLabel({
        ...label,
        ...about,
        memberVector: Float32Array.from({ length: embeddingSize }, () => rng.uniform()),
      }),
      timestampMs: label.atMs,
    }));
    await log.append('labels', records, 'written');
  }
}

/** Ids as long as the service's. */
function labelOf(n: number, titleRevision: number, arm: number): LabelEvent {
  const isReward = n % 10 === 9;
  const atMs = START_MS + n * 10;
  return {
    ...{ kind: isReward ? 'reward' : 'trial', requestId: asId(`request-${n}`.padEnd(22, 'x')), slot: n % 40 },
    ...{ memberId: asId(`member-${(n * 7919) % 100_000}`), canvas: 'home', policy: 'squarecb' },
    ...{ experiment: '', variant: '', contextSchema: '', snapshotVersion: 12_345, rowId: 'continue' },
    ...{ position: n % 40, titleRevision, arm, propensity: 0.125, flags: 0, device: n % 3, daypart: n % 4 },
    ...{ country: 'GB', memberVector: new Float32Array(0), epoch: 20_454, impressionAtMs: atMs, atMs },
    ...{ rewardBefore: 0, rewardAfter: isReward ? 1 : 0, watchedSeconds: isReward ? 4_000 : 0, rowIndex: 0 },
    ...{ examination: 1, swaps: Float32Array.of(0.5, 0.5, 0, 0), neighbourRewards: new Float32Array(0) },
    ...{ ownerEpoch: 1, ownerSequence: n + 1 },
  };
}

async function bytesBelow(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
