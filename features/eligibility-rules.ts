import type { Title } from '../client/types.js';

/** A title's rights and rating, parsed once when it is loaded so that the decision path only compares numbers. */
export interface EligibilityRules {
  readonly maturityRating: number;
  /** empty: available everywhere, always */
  readonly windows: readonly {
    readonly countries: ReadonlySet<string> | undefined;
    readonly fromMs: number;
    readonly untilMs: number;
  }[];
}

/** @throws RangeError when a date does not parse: callers report it with the title's place in the batch */
export function eligibilityRules(title: Title): EligibilityRules {
  const instant = (text: string | undefined, absent: number): number => {
    if (text === undefined) return absent;
    const ms = Date.parse(text);
    if (Number.isNaN(ms))
      throw new RangeError(`availability date ${JSON.stringify(text)}; expected ISO 8601`);
    return ms;
  };
  return {
    maturityRating: title.maturityRating ?? 0,
    windows: (title.availability ?? []).map((w) => ({
      countries: w.countries && w.countries.length > 0 ? new Set(w.countries) : undefined,
      fromMs: instant(w.from, -Infinity),
      untilMs: instant(w.until, Infinity),
    })),
  };
}

export type Ineligible = 'rights' | 'maturity' | 'no-artwork';

/** Why this title may not be shown, or undefined when it may. `untilMs` is the first instant at which it no longer may. */
export function ineligibility(
  rules: EligibilityRules,
  artworks: number,
  country: string,
  maturityLimit: number,
  nowMs: number,
): Ineligible | undefined {
  if (artworks === 0) return 'no-artwork';
  if (rules.maturityRating > maturityLimit) return 'maturity';
  if (rules.windows.length === 0) return undefined;
  for (const w of rules.windows) {
    if (nowMs >= w.fromMs && nowMs < w.untilMs && (w.countries === undefined || w.countries.has(country)))
      return undefined;
  }
  return 'rights';
}
