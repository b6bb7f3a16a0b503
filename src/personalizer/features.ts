import { AppError, shown } from '../../core/errors.js';
import { hashString, mix32 } from '../../core/hash.js';

/** d of the shared model's contexts. */
export const DIMENSION = 256;
/** Names the way from JSON to x: another way is another name, and what was learned one way is not used the other. */
export const FEATURE_SCHEMA = 'signed-hash-256-v1';

/** Features of one thing: what each is called, as 32 bits, and its value. */
export interface Features {
  readonly hashes: readonly number[];
  readonly values: readonly number[];
}

export interface FeatureLimits {
  /** features of the context, or of the context with a slot */
  readonly maxContextFeatures: number;
  /** features of one action */
  readonly maxActionFeatures: number;
}

const MAX_DEPTH = 16;
const NO_LIMIT = Infinity;

/**
 * The caller's JSON as features. Objects nest as namespaces; a feature is known by its path.
 *
 *   number   its value; beyond ±1 it grows with its logarithm, sign(v)·(1 + ln|v|), so that one large number does not drown the others
 *   string   one feature per text, value 1: categories ('' is none)
 *   boolean  two categories
 *   null     nothing
 *   array    numbers by their place; texts, booleans and objects as a bag, wherever they stand
 *
 * @throws AppError `request/invalid`: too many features, nested too deeply, or a number that is not finite (1e999)
 */
export function extractFeatures(list: readonly unknown[], most = NO_LIMIT, what = 'features'): Features {
  const hashes: number[] = [];
  const values: number[] = [];
  const add = (hash: number, value: number): void => {
    if (value === 0) return;
    if (hashes.length >= most)
      throw new AppError('request/invalid', `${what} has more than ${most} features; expected at most that`);
    hashes.push(hash);
    values.push(value);
  };
  const walk = (value: unknown, path: number, depth: number): void => {
    if (depth > MAX_DEPTH)
      throw new AppError(
        'request/invalid',
        `${what} is nested deeper than ${MAX_DEPTH}; expected at most that`,
      );
    if (typeof value === 'number') add(path, tempered(value, what));
    else if (typeof value === 'string') add(hashString(value, mix32(path + 1)), value === '' ? 0 : 1);
    else if (typeof value === 'boolean') add(mix32(path + (value ? 2 : 3)), 1);
    else if (Array.isArray(value))
      value.forEach((entry: unknown, place) => {
        walk(entry, typeof entry === 'number' ? mix32(path ^ mix32(place + 4)) : path, depth + 1);
      });
    else if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) walk(inner, hashString(name, path), depth + 1);
  };
  for (const entry of list) walk(entry, 0, 0);
  return { hashes, values };
}

function tempered(value: number, what: string): number {
  if (!Number.isFinite(value))
    throw new AppError('request/invalid', `${what} holds ${shown(String(value))}; expected finite numbers`);
  const size = Math.abs(value);
  return size <= 1 ? value : Math.sign(value) * (1 + Math.log(size));
}

/** An action without features is known by its id. */
export function actionFeatures(id: string, features: readonly unknown[], most = NO_LIMIT): Features {
  const found = extractFeatures(features, most, 'an action');
  return found.hashes.length > 0 ? found : { hashes: [hashString(id, 5)], values: [1] };
}

const CONTEXT = 0x9e3779b9;
const ACTION = 0x7f4a7c15;

/**
 * x of an action in a context, shape (d): signed hashing (Weinberger et al., ICML 2009, arXiv:0902.2206) of an intercept, the C features of the context, the A of the
 * action, and their C·A products, the three groups scaled by 1/√C, 1/√A and 1/√(C·A), so that each weighs about the same however many
 * features an application sends. x[0] is the intercept's alone.
 *
 * @param x written from `at` to `at + DIMENSION`
 */
export function writeX(context: Features, action: Features, x: Float32Array, at: number): void {
  x.fill(0, at, at + DIMENSION);
  x[at] = 1;
  const contextCount = context.hashes.length;
  const actionCount = action.hashes.length;
  const contextScale = 1 / Math.sqrt(Math.max(1, contextCount));
  const actionScale = 1 / Math.sqrt(Math.max(1, actionCount));
  for (let c = 0; c < contextCount; c++)
    add(x, at, mix32(context.hashes[c]! ^ CONTEXT), context.values[c]! * contextScale);
  for (let a = 0; a < actionCount; a++) {
    const hash = mix32(action.hashes[a]! ^ ACTION);
    const value = action.values[a]! * actionScale;
    add(x, at, hash, value);
    for (let c = 0; c < contextCount; c++)
      add(
        x,
        at,
        mix32(Math.imul(hash, CONTEXT) ^ context.hashes[c]!),
        value * context.values[c]! * contextScale,
      );
  }
}

/** The lowest bit is the sign, the others the place: the two are independent. */
function add(x: Float32Array, at: number, hash: number, value: number): void {
  const place = at + 1 + ((hash >>> 1) % (DIMENSION - 1));
  x[place] = x[place]! + ((hash & 1) === 0 ? value : -value);
}
