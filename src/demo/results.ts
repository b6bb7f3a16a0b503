import Table from 'cli-table3';
import type { CampaignResult } from '../../demo/run.js';
import { EXPERIMENT } from './experiment.js';

/** The compared variants in the order of the experiment; the random slice is in none. */
export function compared(results: readonly CampaignResult[]): CampaignResult[] {
  return EXPERIMENT.variants.flatMap(({ id }) => results.find((r) => r.variant === id) ?? []);
}

export function asJson({
  variant,
  policy,
  impressions,
  takeFraction,
  low,
  high,
  meanRegret,
}: CampaignResult) {
  return { policy, variant, impressions, takeFraction, low, high, regret: meanRegret };
}

export function resultsTable(results: readonly CampaignResult[]): string {
  const table = new Table({
    head: ['policy (simulated members)', 'impressions', 'take fraction', 'low', 'high', 'regret'],
    style: { head: [], border: [] },
  });
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  for (const r of compared(results))
    table.push([
      r.policy,
      r.impressions.toLocaleString('en'),
      percent(r.takeFraction),
      percent(r.low),
      percent(r.high),
      percent(r.meanRegret),
    ]);
  return table.toString();
}
