import type { Triples } from './knowledge-graph.js';

/**
 * A question put to a graph: which entities stand in this relation to this one? Relation r asked from the head is number r, from the tail r + relations (its inverse):
 * every fact answers two questions.
 */
export interface Questions {
  readonly entities: number;
  /** without inverses */
  readonly relations: number;
}

const NONE = new Int32Array(0);

/** The true answers to every question that some fact answers: what a filtered ranking leaves out, and what is no negative. */
export class KnownAnswers {
  readonly #of = new Map<number, Int32Array>();
  readonly #relations: number;

  constructor({ relations }: Questions, ...facts: readonly Triples[]) {
    this.#relations = relations;
    const lists = new Map<number, Set<number>>();
    const add = (key: number, answer: number): void => {
      const list = lists.get(key);
      if (list === undefined) lists.set(key, new Set([answer]));
      else list.add(answer);
    };
    for (const triples of facts)
      for (let i = 0; i < triples.length; i += 3) {
        const [head, relation, tail] = [triples[i]!, triples[i + 1]!, triples[i + 2]!];
        add(this.#key(head, relation), tail);
        add(this.#key(tail, relation + relations), head);
      }
    for (const [key, list] of lists) this.#of.set(key, Int32Array.from(list));
  }

  /** Every entity once, in no order. Not to be written to. */
  of(entity: number, question: number): Int32Array {
    return this.#of.get(this.#key(entity, question)) ?? NONE;
  }

  /** Every question that has an answer here, in the order in which its first fact came. */
  *all(): Generator<readonly [{ readonly entity: number; readonly question: number }, Int32Array]> {
    const questions = 2 * this.#relations;
    for (const [key, answers] of this.#of)
      yield [{ entity: Math.floor(key / questions), question: key % questions }, answers];
  }

  #key(entity: number, question: number): number {
    return entity * 2 * this.#relations + question;
  }
}
