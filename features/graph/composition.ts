import type { Likeness } from '../../bandit/index.js';

export const GRAPH_MODELS = ['transe', 'transe-l2', 'distmult', 'complex', 'rotate'] as const;
export type GraphModelName = (typeof GRAPH_MODELS)[number];

/**
 * How an embedding model answers a question: from entity e and relation r it composes a vector q, and the answers are the entities most like q. Training needs the
 * way back: from the gradient by q to those by e and r.
 *
 * All vectors have d floats. Complex ones are held as real parts, then imaginary parts; a rotation as d/2 angles and d/2 unused floats.
 */
export interface Composition {
  readonly likeness: Likeness;
  /** q, written to `out` */
  compose(entity: Float32Array, relation: Float32Array, out: Float32Array): void;
  /** Writes (not adds) the gradients by entity and relation. */
  decompose(
    entity: Float32Array,
    relation: Float32Array,
    gradient: Float32Array,
    byEntity: Float32Array,
    byRelation: Float32Array,
  ): void;
}

/** q = e + r. @see Bordes et al., Translating embeddings for modeling multi-relational data, NeurIPS 2013 */
function translation(likeness: Likeness): Composition {
  return {
    likeness,
    compose(e, r, out) {
      for (let i = 0; i < out.length; i++) out[i] = e[i]! + r[i]!;
    },
    decompose(_e, _r, gradient, byEntity, byRelation) {
      byEntity.set(gradient);
      byRelation.set(gradient);
    },
  };
}

/** q = e ∘ r. @see Yang et al., Embedding entities and relations, ICLR 2015, arXiv:1412.6575 */
const product: Composition = {
  likeness: 'dot',
  compose(e, r, out) {
    for (let i = 0; i < out.length; i++) out[i] = e[i]! * r[i]!;
  },
  decompose(e, r, gradient, byEntity, byRelation) {
    for (let i = 0; i < gradient.length; i++) {
      byEntity[i] = gradient[i]! * r[i]!;
      byRelation[i] = gradient[i]! * e[i]!;
    }
  },
};

/** q = e·r over complex numbers, scored by Re⟨q, ē⟩. @see Trouillon et al., Complex embeddings, ICML 2016, arXiv:1606.06357 */
const complexProduct: Composition = {
  likeness: 'dot',
  compose(e, r, out) {
    const half = out.length / 2;
    for (let i = 0; i < half; i++) {
      out[i] = e[i]! * r[i]! - e[half + i]! * r[half + i]!;
      out[half + i] = e[i]! * r[half + i]! + e[half + i]! * r[i]!;
    }
  },
  decompose(e, r, gradient, byEntity, byRelation) {
    const half = gradient.length / 2;
    for (let i = 0; i < half; i++) {
      const [x, y] = [gradient[i]!, gradient[half + i]!];
      byEntity[i] = x * r[i]! + y * r[half + i]!;
      byEntity[half + i] = y * r[i]! - x * r[half + i]!;
      byRelation[i] = x * e[i]! + y * e[half + i]!;
      byRelation[half + i] = y * e[i]! - x * e[half + i]!;
    }
  },
};

/** q = e·exp(iθ). @see Sun et al., RotatE, ICLR 2019, arXiv:1902.10197 */
const rotation: Composition = {
  likeness: 'modulus',
  compose(e, r, out) {
    const half = out.length / 2;
    for (let i = 0; i < half; i++) {
      const [cos, sin] = [Math.cos(r[i]!), Math.sin(r[i]!)];
      out[i] = e[i]! * cos - e[half + i]! * sin;
      out[half + i] = e[i]! * sin + e[half + i]! * cos;
    }
  },
  decompose(e, r, gradient, byEntity, byRelation) {
    const half = gradient.length / 2;
    for (let i = 0; i < half; i++) {
      const [x, y] = [gradient[i]!, gradient[half + i]!];
      const [cos, sin] = [Math.cos(r[i]!), Math.sin(r[i]!)];
      byEntity[i] = x * cos + y * sin;
      byEntity[half + i] = y * cos - x * sin;
      byRelation[i] = y * (e[i]! * cos - e[half + i]! * sin) - x * (e[i]! * sin + e[half + i]! * cos);
      byRelation[half + i] = 0;
    }
  },
};

const COMPOSITIONS: Readonly<Record<GraphModelName, Composition>> = {
  transe: translation('l1'),
  'transe-l2': translation('l2'),
  distmult: product,
  complex: complexProduct,
  rotate: rotation,
};

export function compositionOf(name: GraphModelName): Composition {
  return COMPOSITIONS[name];
}
