/** What the tests of Plackett–Luce share. (A `.contract.ts` file: left out of the build.) */
import { orderByPlackettLuce } from './plackett-luce.js';

/** Orders items hashed 1, 2, … with the draw key (key, 5). */
export function ordered(
  scores: readonly number[],
  temperature: number,
  key: number,
): { order: number[]; propensities: number[] } {
  const order = new Int32Array(scores.length);
  const propensities = new Float64Array(scores.length);
  const hashes = Uint32Array.from(scores, (_, i) => i + 1);
  orderByPlackettLuce(
    {
      size: scores.length,
      scores: Float64Array.from(scores),
      temperature,
      hashes,
      keyA: key,
      keyB: 5,
      groupHash: 9,
    },
    order,
    propensities,
  );
  return { order: [...order], propensities: [...propensities] };
}

export function permutations(items: readonly number[]): number[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item) =>
        permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
      );
}

/** Plackett's product, item by item, straight from the definition. */
export function conditionals(
  scores: readonly number[],
  temperature: number,
  order: readonly number[],
): number[] {
  return order.map((item, k) => {
    const rest = order.slice(k).map((other) => Math.exp((scores[other]! - scores[item]!) / temperature));
    return 1 / rest.reduce((sum, value) => sum + value, 0);
  });
}
