import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { LoggedOutcome } from '../../bandit/evaluation/index.js';

/** K: items of campaign "men" */
export const OBD_ARMS = 34;

export interface ObdRow {
  readonly item: number;
  readonly position: number;
  readonly click: number;
  readonly propensity: number;
}

/** The published sample, 10,000 rows, logged by Bernoulli Thompson sampling or uniformly. */
export function openBanditRows(name: 'bts' | 'random'): ObdRow[] {
  const bytes = readFileSync(new URL(`../fixtures/obd/${name}.csv.gz`, import.meta.url));
  return parse<Record<string, string>>(gunzipSync(bytes), { columns: true }).map((row) => ({
    item: Number(row['item_id']),
    position: Number(row['position']),
    click: Number(row['click']),
    propensity: Number(row['propensity_score']),
  }));
}

/** The rows as a target sees them that chooses item a with probability target[a], whatever the context. */
export function openBanditOutcomes(
  rows: readonly ObdRow[],
  target: ArrayLike<number>,
): (LoggedOutcome & { readonly targetProbabilities: ArrayLike<number> })[] {
  return rows.map(({ item, position, click, propensity }) => ({
    reward: click,
    loggingPropensity: propensity,
    targetPropensity: target[item]!,
    offeredArms: OBD_ARMS,
    position,
    chosen: item,
    targetProbabilities: target,
  }));
}

export const uniformTarget = new Float64Array(OBD_ARMS).fill(1 / OBD_ARMS);
/** LIN: π(a) = 2(a + 1)/(K(K + 1)) */
export const linearTarget = uniformTarget.map((_, a) => (2 * (a + 1)) / (OBD_ARMS * (OBD_ARMS + 1)));
