import { seededRng } from '../../core/rng.js';
import { readFilms } from '../../demo/catalogue/films.js';
import { demoTitles } from '../../demo/catalogue/titles.js';
import { knowledgeGraph, type KnowledgeGraph, type Triple } from '../../features/graph/knowledge-graph.js';
import { holdOut, titleTriples } from '../../features/graph/title-triples.js';
import { readTriples } from './triples-file.js';

/** part of the facts that validation and test hold each, where a file does not say */
const HELD_OUT_SHARE = 0.1;

/**
 * The graph to train on: of a file, or of the demo's films.
 *
 * @param seed of the split, where the facts have none: all lines of a file must say it, or all are split anew
 * @throws AppError as {@link readTriples} and {@link knowledgeGraph}
 */
export async function graphFacts(path: string | undefined, seed: number): Promise<KnowledgeGraph> {
  const drawn = (triples: readonly Triple[]): KnowledgeGraph =>
    knowledgeGraph(holdOut(triples, HELD_OUT_SHARE, seededRng(seed).fork('hold-out')));
  if (path === undefined) return drawn(titleTriples(demoTitles(readFilms())));
  const { triples, split } = await readTriples(path);
  if (split.includes(undefined)) return drawn(triples);
  const of = (name: string): Triple[] => triples.filter((_, i) => split[i] === name);
  return knowledgeGraph({ train: of('train'), valid: of('valid'), test: of('test') });
}
