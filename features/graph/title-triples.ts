import type { Title } from '../../client/types.js';
import type { Rng } from '../../core/rng.js';
import type { SplitTriples, Triple } from './knowledge-graph.js';

/** What a catalogue says of its titles, as facts. Names carry their sort, so that a person named as a genre stays a person. */
export function titleTriples(titles: Iterable<Title>): readonly Triple[] {
  const triples: Triple[] = [];
  for (const title of titles) {
    const head = `title:${title.titleId}`;
    const add = (relation: string, names: Iterable<string | number>): void => {
      for (const name of new Set(names)) triples.push({ head, relation, tail: `${relation}:${name}` });
    };
    add('genre', title.genres ?? []);
    add('person', title.cast ?? []);
    add('country', title.countries ?? []);
    if (title.year !== undefined) add('decade', [10 * Math.floor(title.year / 10)]);
    add('theme', themesOf(title));
  }
  return triples;
}

/** Themes that weigh half or more. */
function themesOf(title: Title): readonly string[] {
  return Object.entries(title.themes).flatMap(([theme, weight]) => (weight >= 0.5 ? [theme] : []));
}

/**
 * Holds out about `share` of the facts to choose by and as many to report. What would leave a name without any training fact is kept in training, so fewer are held out in
 * a sparse graph.
 *
 * @param share in [0, 0.4]
 */
export function holdOut(triples: readonly Triple[], share: number, rng: Rng): SplitTriples {
  const left = new Map<string, number>();
  const named = (triple: Triple): string[] => [triple.head, triple.tail, `relation ${triple.relation}`];
  for (const name of triples.flatMap(named)) left.set(name, (left.get(name) ?? 0) + 1);
  const split: { train: Triple[]; valid: Triple[]; test: Triple[] } = { train: [], valid: [], test: [] };
  for (const triple of triples) {
    const draw = rng.uniform();
    const spared = named(triple).every((name) => left.get(name)! > 1);
    if (draw >= 2 * share || !spared) {
      split.train.push(triple);
      continue;
    }
    for (const name of named(triple)) left.set(name, left.get(name)! - 1);
    split[draw < share ? 'valid' : 'test'].push(triple);
  }
  return split;
}
