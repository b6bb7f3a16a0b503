import type { Model } from '../policy.js';

/** A model whose posterior means are linear in the context, so that it can say which entries spoke for an arm: mean(a) = x·weights(row of a). */
export interface WeightedModel extends Model {
  /** shape (d): what each entry of x is worth to a row; a copy, for explanations rather than the hot path */
  weights(row: number): ArrayLike<number>;
}

export function isWeightedModel(model: Model): model is WeightedModel {
  return 'weights' in model && typeof model.weights === 'function';
}
