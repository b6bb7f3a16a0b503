import { blockKernels, createKernels, type BlockKernels, type Kernels } from '../../bandit/index.js';
import type { Rng } from '../../core/rng.js';
import type { GraphModelName } from './composition.js';

/** A table of vectors while it is trained: the values and, beside each, Adagrad's sum of squares. Shapes (rows, d). */
export interface EmbeddingTable {
  readonly rows: number;
  readonly dimension: number;
  readonly values: Float32Array;
  readonly squares: Float32Array;
  /** shape (d) each: views into `values` */
  readonly vectors: readonly Float32Array[];
}

/** What a training changes. Relations are followed by their inverses, which have vectors of their own: shape (2·relations, d). */
export interface EmbeddingTables {
  readonly kernels: Kernels;
  readonly blocks: BlockKernels;
  readonly entities: EmbeddingTable;
  readonly relations: EmbeddingTable;
}

/** Zeros, in a memory of their own that goes when the tables do. */
export function emptyTables(
  { entities, relations }: { readonly entities: number; readonly relations: number },
  dimension: number,
  kernels: Kernels = createKernels(),
): EmbeddingTables {
  const table = (rows: number): EmbeddingTable => {
    const values = kernels.float32(rows * dimension);
    const vectors = Array.from({ length: rows }, (_, row) =>
      values.subarray(row * dimension, (row + 1) * dimension),
    );
    return { rows, dimension, values, squares: kernels.float32(rows * dimension), vectors };
  };
  return {
    kernels,
    blocks: blockKernels(kernels),
    entities: table(entities),
    relations: table(2 * relations),
  };
}

/**
 * Where training begins: uniform in ±0.6/√d, rotations uniform over the circle. Bordes et al. 2013 begin ten times as far apart and then hold entities to length 1. Without
 * that, scores begin so steep that facts are learned by heart: on a grid of places, facts never seen are then found no better than by chance (TransE, MRR 0.06 beside 0.4).
 */
export function randomise(tables: EmbeddingTables, model: GraphModelName, rng: Rng): void {
  const spread = 0.6 / Math.sqrt(tables.entities.dimension);
  fill(tables.entities.values, spread, rng.fork('entities'));
  fill(tables.relations.values, model === 'rotate' ? Math.PI : spread, rng.fork('relations'));
}

function fill(values: Float32Array, spread: number, rng: Rng): void {
  for (let i = 0; i < values.length; i++) values[i] = spread * (2 * rng.uniform() - 1);
}
