import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { median } from './load/percentiles.js';
import { BenchService } from './service.js';
import { furnish } from './world.js';

const SMALL = { titles: 400, artworksPerTitle: 8, rows: 10 };
const LARGE = { titles: 8000, artworksPerTitle: 8, rows: 10 };

/** Memory per artwork beyond its statistics: two catalogues, no event ever sent, each measured in a fresh process that loaded it from its own store. */
export const memory: Benchmark = async (options) => {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const policy of options.policies) {
    const resident: number[] = [];
    for (const size of [SMALL, LARGE]) {
      options.say(`memory: ${policy}, ${size.titles} titles`);
      resident.push(await residentWith(policy, size, options.startCommand));
    }
    const [small, large] = resident as [number, number];
    const artworks = (LARGE.titles - SMALL.titles) * LARGE.artworksPerTitle;
    rows.push([policy, megabytes(small), megabytes(large), Math.round((large - small) / artworks)]);
    raw.push({ policy, small, large, artworks });
  }
  return {
    name: 'memory',
    method:
      `Anonymous resident memory of the whole process (RssAnon; the store's mapped file pages are not ours) after a restart with ${SMALL.titles} and ${LARGE.titles} titles of 8 artworks and 1,000 members; ` +
      'nothing learned yet, so no statistics. Titles, ids and URLs included.',
    columns: ['policy', 'MB, 400 titles', 'MB, 8,000 titles', 'bytes per artwork'],
    rows,
    raw,
  };
};

async function residentWith(
  policy: BenchService['policy'],
  size: typeof SMALL,
  startCommand: readonly string[] | undefined,
): Promise<number> {
  const service = await BenchService.start({ policy, startCommand });
  try {
    await furnish(service, { size, pagesSeen: 0 });
    await service.restart();
    const samples: number[] = [];
    for (let i = 0; i < 10; i++) {
      await delay(300);
      samples.push(await service.process.residentBytes());
    }
    return median(samples);
  } finally {
    await service.stop();
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
