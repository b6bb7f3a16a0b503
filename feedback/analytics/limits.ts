import { AppError, shown } from '../../core/errors.js';

export type Range = readonly [least: number, most: number];

/**
 * The limits of an adapter: what was given, else the default, each a whole number in its range (at least 1 where none is named).
 * @throws AppError `config/bad-value`
 */
export function checkedLimits<Name extends string>(
  what: string,
  defaults: Readonly<Record<Name, number>>,
  ranges: Partial<Record<Name, Range>>,
  given: Partial<Readonly<Record<Name, number>>>,
): Record<Name, number> {
  const limits: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const value: number = given[name] ?? defaults[name];
    const [least, most] = ranges[name] ?? [1, Number.MAX_SAFE_INTEGER];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new AppError(
        'config/bad-value',
        `${what} ${name} is ${shown(value)}; expected a whole number in [${least}, ${most}]`,
      );
    }
    limits[name] = value;
  }
  return limits;
}
