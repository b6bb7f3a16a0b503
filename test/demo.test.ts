import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

/** Seeds to run; `make proof` runs five and keeps their tables in docs/evidence. */
const SEEDS = Array.from({ length: Number(process.env['TEST_DEMO_SEEDS'] ?? 1) }, (_, i) => i + 1);
const VISITS = 12_000;
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface PolicyRow {
  policy: string;
  impressions: number;
  takeFraction: number;
  low: number;
  high: number;
  regret: number;
}

async function fastDemo(seed: number, visits: number): Promise<PolicyRow[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    MAIN,
    'demo',
    '--fast',
    '--json',
    '--seed',
    `${seed}`,
    '--visits',
    `${visits}`,
  ]);
  return (JSON.parse(stdout) as { policies: PolicyRow[] }).policies;
}

describe('marquee demo --fast (simulated members)', () => {
  test.each(SEEDS)(
    'seed %d: contextual above best-unpersonalised above uniform, intervals apart',
    { timeout: 400_000 },
    async (seed) => {
      const [uniform, best, contextual] = await fastDemo(seed, VISITS);
      const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
      for (const r of [uniform!, best!, contextual!]) {
        process.stdout.write(
          `seed ${seed}, ${r.policy}: ${r.impressions} impressions, take fraction ${percent(r.takeFraction)} [${percent(r.low)}, ${percent(r.high)}], regret ${percent(r.regret)}\n`,
        );
      }
      expect([uniform!.policy, best!.policy, contextual!.policy]).toEqual([
        'uniform',
        'best-unpersonalised',
        'linear-thompson',
      ]);
      expect(contextual!.low).toBeGreaterThan(best!.high);
      expect(best!.low).toBeGreaterThan(uniform!.high);
      expect(contextual!.regret).toBeLessThan(best!.regret);
      expect(best!.regret).toBeLessThan(uniform!.regret);
    },
  );

  test('the same seed gives the same numbers', { timeout: 200_000 }, async () => {
    expect(await fastDemo(7, 600)).toEqual(await fastDemo(7, 600));
  });
});
