import type { Triples } from './knowledge-graph.js';

/**
 * How likely the head is replaced rather than the tail: tph/(tph + hpt), with tph the tails per head and hpt the heads per tail of a relation. Where a head has many
 * tails, an entity drawn for the tail is often true after all.
 *
 * @returns shape (relations); ½ for a relation without a fact
 * @see Wang et al., Knowledge graph embedding by translating on hyperplanes, AAAI 2014
 */
export function replacementOdds(triples: Triples, relations: number): Float64Array {
  const heads = Array.from({ length: relations }, () => new Set<number>());
  const tails = Array.from({ length: relations }, () => new Set<number>());
  for (let i = 0; i < triples.length; i += 3) {
    heads[triples[i + 1]!]!.add(triples[i]!);
    tails[triples[i + 1]!]!.add(triples[i + 2]!);
  }
  // tph = n/|heads| and hpt = n/|tails|: n cancels.
  return Float64Array.from({ length: relations }, (_, r) => {
    const [h, t] = [heads[r]!.size, tails[r]!.size];
    return h === 0 ? 0.5 : t / (h + t);
  });
}
