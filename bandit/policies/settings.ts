import { AppError, shown } from '../../core/errors.js';

/** A number a policy can be set to: what it must be, and what it is by default. */
export interface Setting {
  readonly default: number;
  readonly expected: string;
  readonly valid: (value: number) => boolean;
}

export const POSITIVE = {
  expected: 'a finite number > 0',
  valid: (v: number) => v > 0 && v < Infinity,
} as const;
export const NOT_NEGATIVE = {
  expected: 'a finite number ≥ 0',
  valid: (v: number) => v >= 0 && v < Infinity,
} as const;
export const SHARE = { expected: 'a number in [0, 1]', valid: (v: number) => v >= 0 && v <= 1 } as const;
/** how a quantity moves with n, either way */
export const EXPONENT = {
  expected: 'a number in [−2, 2]',
  valid: (v: number) => v >= -2 && v <= 2,
} as const;

/**
 * Defaults filled in, everything checked.
 *
 * @throws AppError `bandit/bad-setting`, naming the setting, its value and what was expected; an unknown one names the known
 */
export function readSettings<Name extends string>(
  policy: string,
  known: Readonly<Record<Name, Setting>>,
  given: Readonly<Partial<Record<string, unknown>>>,
): Record<Name, number> {
  const names = Object.keys(known) as Name[];
  for (const name of Object.keys(given)) {
    if (!(name in known)) {
      const choices = names.length === 0 ? 'none' : names.join(', ');
      throw new AppError(
        'bandit/bad-setting',
        `${policy} has no setting ${shown(name)}; expected one of: ${choices}`,
      );
    }
  }
  const settings = {} as Record<Name, number>;
  for (const name of names) {
    const value = given[name] ?? known[name].default;
    if (typeof value !== 'number' || !known[name].valid(value)) {
      throw new AppError(
        'bandit/bad-setting',
        `${policy}.${name} is ${typeof value === 'number' ? value : shown(value)}; expected ${known[name].expected}`,
      );
    }
    settings[name] = value;
  }
  return settings;
}
