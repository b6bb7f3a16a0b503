/**
 * What training lowers: a function of the score of a true answer and the scores of answers drawn at random, with its gradient by each score.
 *
 * - `softmax`: −log softmax of the true answer among the drawn ones.
 * - `self-adversarial`: −log σ(γ + s) − Σ p_c·log σ(−γ − s_c), p = softmax(s_c): hard negatives weigh more. Sun et al., ICLR 2019.
 * - `margin`: mean of max(0, γ − s + s_c). Bordes et al., NeurIPS 2013.
 */
export const LOSSES = ['softmax', 'self-adversarial', 'margin'] as const;
export type LossName = (typeof LOSSES)[number];

/**
 * @param truth   score of the true answer
 * @param scores  shape (n): of the drawn ones; −Infinity where one is left out. Becomes the gradient by each
 * @param slopes  shape (≥ 1): [0] becomes the gradient by the true answer's score
 * @param margin  γ, of no use to `softmax`
 * @returns the loss
 */
export function lossAndSlopes(
  loss: LossName,
  truth: number,
  scores: Float32Array,
  slopes: Float32Array,
  margin: number,
): number {
  if (loss === 'margin') return marginLoss(truth, scores, slopes, margin);
  let most = loss === 'softmax' ? truth : -Infinity;
  for (const score of scores) if (score > most) most = score;
  return loss === 'softmax'
    ? softmaxLoss(truth, scores, slopes, most)
    : adversarialLoss(truth, scores, slopes, margin, most);
}

function softmaxLoss(truth: number, scores: Float32Array, slopes: Float32Array, most: number): number {
  let total = Math.exp(truth - most);
  const mine = total;
  for (let c = 0; c < scores.length; c++) {
    const below = scores[c]! - most;
    // e⁻²⁰ of the best is less than float32 tells from nothing: no need to compute it.
    const value = below > -20 ? Math.exp(below) : 0;
    scores[c] = value;
    total += value;
  }
  const scale = 1 / total;
  for (let c = 0; c < scores.length; c++) scores[c] = negligible(scores[c]! * scale);
  slopes[0] = mine / total - 1;
  return Math.log(total) + most - truth;
}

function adversarialLoss(
  truth: number,
  scores: Float32Array,
  slopes: Float32Array,
  margin: number,
  most: number,
): number {
  let total = 0;
  for (const score of scores) total += Math.exp(score - most);
  let loss = softplus(-margin - truth);
  slopes[0] = -sigmoid(-margin - truth);
  for (let c = 0; c < scores.length; c++) {
    const score = scores[c]!;
    const share = total > 0 ? Math.exp(score - most) / total : 0;
    // The shares are taken as given: no gradient goes through them.
    if (share > 0) loss += share * softplus(margin + score);
    scores[c] = share > 0 ? negligible(share * sigmoid(margin + score)) : 0;
  }
  return loss;
}

function marginLoss(truth: number, scores: Float32Array, slopes: Float32Array, margin: number): number {
  const share = 1 / scores.length;
  let loss = 0;
  slopes[0] = 0;
  for (let c = 0; c < scores.length; c++) {
    const short = margin - truth + scores[c]!;
    scores[c] = short > 0 ? share : 0;
    if (short > 0) {
      loss += share * short;
      slopes[0] -= share;
    }
  }
  return loss;
}

/** Rows of weight 0 are passed over: half the work, late in a training, at no cost that shows. */
function negligible(slope: number): number {
  return slope < 1e-6 ? 0 : slope;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + eˣ) = −log σ(−x) */
function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x));
}
