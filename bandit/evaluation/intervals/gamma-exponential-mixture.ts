import gammainc from '@stdlib/math-base-special-gammainc';
import gammaln from '@stdlib/math-base-special-gammaln';

/**
 * log of the gamma-exponential mixture of exp(λ·S − ψ_E(λ)·V), ψ_E(λ) = −ln(1 − λ) − λ, over λ in (0, 1), with 1 − λ ~ Gamma(ρ, ρ) cut to (0, 1):
 *
 *   M(S, V) = ρ^ρ·e^(−ρ) / (Γ(ρ) − Γ(ρ, ρ)) · 1/(V + ρ) · ₁F₁(1; V + ρ + 1; S + V + ρ)
 *
 * computed by ₁F₁(1; a + 1; z)/a = e^z·z^(−a)·γ(a, z), a = V + ρ, z = S + V + ρ. M(0, 0) = 1; it grows with S.
 *
 * @param sum      S > −(V + ρ)
 * @param variance V ≥ 0, intrinsic time
 * @param rho      ρ > 0
 * @see Howard, Ramdas, McAuliffe & Sekhon, Annals of Statistics 49, 2021, arXiv:1810.08240, proposition 9; in this form Waudby-Smith, Wu,
 * Ramdas, Karampatziakis & Mineiro, arXiv:2210.10768, section 3
 */
export function logGammaExponentialMixture(sum: number, variance: number, rho: number): number {
  return logIntegral(variance + rho, sum + variance + rho) - logIntegral(rho, rho);
}

/** ln ∫_0^1 e^(λz)·(1 − λ)^(a − 1) dλ = z − a·ln z + ln γ(a, z), z > 0 */
function logIntegral(a: number, z: number): number {
  return z - a * Math.log(z) + gammaln(a) + Math.log(gammainc(z, a));
}

/**
 * The boundary: the S at which the mixture reaches 1/α. A sum whose mixture is a supermartingale crosses it, ever, with probability at most α.
 *
 * @param alpha in (0, 1)
 * @returns S > 0 with M(S, V) = 1/α, within 1e-12 relatively
 */
export function gammaExponentialBoundary(variance: number, rho: number, alpha: number): number {
  const wanted = -Math.log(alpha);
  let low = 0;
  let high = Math.max(1, Math.sqrt(variance + rho));
  while (logGammaExponentialMixture(high, variance, rho) < wanted) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (logGammaExponentialMixture(middle, variance, rho) < wanted) low = middle;
    else high = middle;
  }
  return high;
}
