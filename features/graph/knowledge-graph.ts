import { AppError, shown } from '../../core/errors.js';

/** One fact, by names. */
export interface Triple {
  readonly head: string;
  readonly relation: string;
  readonly tail: string;
}

/** Facts by number, (head, relation, tail) after one another: shape (3·n). */
export type Triples = Int32Array;

/** Who and what there is, and what is known of them. The vocabulary is that of the training facts, in order of appearance. */
export interface KnowledgeGraph {
  readonly entities: readonly string[];
  readonly relations: readonly string[];
  readonly train: Triples;
  /** held out: to choose by */
  readonly valid: Triples;
  /** held out: to report */
  readonly test: Triples;
  /** held-out facts that name what no training fact names: nothing can be learned of it, and they are left out */
  readonly leftOut: number;
}

export interface SplitTriples {
  readonly train: readonly Triple[];
  readonly valid: readonly Triple[];
  readonly test: readonly Triple[];
}

/** @throws AppError `graph/empty` without a training fact | `graph/bad-triple` for an empty name */
export function knowledgeGraph(facts: SplitTriples): KnowledgeGraph {
  if (facts.train.length === 0)
    throw new AppError('graph/empty', 'the graph has 0 training triples; expected at least 1');
  const entities = new Vocabulary();
  const relations = new Vocabulary();
  const train = new Int32Array(3 * facts.train.length);
  for (const [i, triple] of facts.train.entries()) {
    checkNames(triple);
    const { head, relation, tail } = triple;
    train.set([entities.add(head), relations.add(relation), entities.add(tail)], 3 * i);
  }
  const heldOut = (triples: readonly Triple[]): Triples =>
    Int32Array.from(
      triples.flatMap((triple) => {
        checkNames(triple);
        const { head, relation, tail } = triple;
        const numbers = [entities.find(head), relations.find(relation), entities.find(tail)];
        return numbers.includes(-1) ? [] : numbers;
      }),
    );
  const [valid, test] = [heldOut(facts.valid), heldOut(facts.test)];
  return {
    entities: entities.names,
    relations: relations.names,
    train,
    valid,
    test,
    leftOut: facts.valid.length + facts.test.length - (valid.length + test.length) / 3,
  };
}

class Vocabulary {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  add(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.names.length;
      this.#numbers.set(name, number);
      this.names.push(name);
    }
    return number;
  }

  find(name: string): number {
    return this.#numbers.get(name) ?? -1;
  }
}

function checkNames(triple: Triple): void {
  if (triple.head === '' || triple.relation === '' || triple.tail === '')
    throw new AppError(
      'graph/bad-triple',
      `triple ${shown(triple)} has an empty name; expected head, relation and tail`,
    );
}
