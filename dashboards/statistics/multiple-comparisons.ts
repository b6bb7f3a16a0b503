/**
 * Holm's step-down adjustment: rejecting where the adjusted p is at most α keeps the probability of *any* false finding at α, however the tests
 * depend on each other.
 *
 *   p̃_(i) = max over j ≤ i of min(1, (m − j + 1)·p_(j))
 *
 * @param pValues shape (m), in [0, 1]
 * @returns shape (m), same order
 * @see Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statist. 6, 1979
 */
export function holm(pValues: readonly number[]): number[] {
  const m = pValues.length;
  const adjusted = new Array<number>(m);
  let most = 0;
  for (const [rank, i] of ascending(pValues).entries()) {
    most = Math.max(most, Math.min(1, (m - rank) * pValues[i]!));
    adjusted[i] = most;
  }
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjustment: rejecting where the adjusted p is at most q keeps the expected *share* of false findings among the findings at q,
 * for independent or positively dependent tests.
 *
 *   p̃_(i) = min over j ≥ i of min(1, m/j·p_(j))
 *
 * @param pValues shape (m), in [0, 1]
 * @returns shape (m), same order
 * @see Benjamini & Hochberg, Controlling the False Discovery Rate, J. R. Statist. Soc. B 57, 1995
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const m = pValues.length;
  const adjusted = new Array<number>(m);
  let least = 1;
  for (const [fromEnd, i] of ascending(pValues).reverse().entries()) {
    least = Math.min(least, (m / (m - fromEnd)) * pValues[i]!);
    adjusted[i] = least;
  }
  return adjusted;
}

function ascending(pValues: readonly number[]): number[] {
  return pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
}
