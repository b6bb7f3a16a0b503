import { createHash } from 'node:crypto';
import { AppError, shown } from '../core/errors.js';

/**
 * The one definition of x = φ(member, title, artwork, request), used by serving, learning and replay.
 *
 *   x = [ 1 · device one-hot (D) · daypart one-hot (P) · m·a · m ⊙ a (E) · m (E) ],   d = 2 + D + P + 2E
 *
 * m: member vector, a: vector of the artwork (or, when titles are ordered, of the title), both over the E themes. Terms that do not
 * depend on the artwork (device, daypart, m) let one artwork's own model learn for whom it works; terms that do (m·a, m ⊙ a) mean the same for
 * every artwork, so the shared block can carry what a theme has earned to an artwork never shown. d = 32 with 12 themes.
 */
export interface ContextSchema {
  readonly themes: readonly string[];
  readonly devices: readonly string[];
  readonly dayparts: readonly string[];
  /** E */
  readonly embeddingSize: number;
  /** d, at most 64 on the hot path */
  readonly dimension: number;
  /** shape (d): a name per entry, for people */
  readonly names: readonly string[];
  /** 12 hex digits over all of the above: a model never scores a vector of another schema */
  readonly hash: string;
}

const DEVICES = ['tv', 'mobile', 'web'] as const;
const DAYPARTS = ['morning', 'day', 'evening', 'night'] as const;
const MAX_DIMENSION = 64;

/** @throws AppError `config/bad-value` when d would exceed 64, or a theme repeats */
export function contextSchema(themes: readonly string[]): ContextSchema {
  if (new Set(themes).size !== themes.length || themes.length === 0) {
    throw new AppError(
      'config/bad-value',
      `features.themes is ${shown(themes)}; expected at least one name, each once`,
    );
  }
  const names = [
    'intercept',
    ...DEVICES.map((d) => `device=${d}`),
    ...DAYPARTS.slice(1).map((p) => `daypart=${p}`),
    'affinity',
    ...themes.map((t) => `member×artwork ${t}`),
    ...themes.map((t) => `member ${t}`),
  ];
  if (names.length > MAX_DIMENSION) {
    throw new AppError(
      'config/bad-value',
      `features.themes has ${themes.length} themes, so d = ${names.length}; expected d ≤ ${MAX_DIMENSION}`,
    );
  }
  const hash = createHash('sha256')
    .update(JSON.stringify(['v1', names]))
    .digest('hex')
    .slice(0, 12);
  return {
    themes,
    devices: DEVICES,
    dayparts: DAYPARTS,
    embeddingSize: themes.length,
    dimension: names.length,
    names,
    hash,
  };
}

/** Index of the daypart in UTC hours 6–12, 12–18, 18–24, 0–6. Coarse on purpose: four groups. */
export function daypartOf(atMs: number): number {
  const hour = Math.floor(atMs / 3_600_000) % 24;
  return hour < 6 ? 3 : Math.floor(hour / 6) - 1;
}

/** h: entries of x that say nothing of member or artwork. x = [ head (h) · m·a · m ⊙ a (E) · m (E) ] */
export function contextHeadLength(schema: ContextSchema): number {
  return schema.devices.length + schema.dayparts.length;
}

/** Writes the head of x, the same for all arms of a page, to `out`. @param out shape (≥ offset + h) */
export function writeContextHead(
  schema: ContextSchema,
  device: number,
  daypart: number,
  out: Float32Array,
  offset = 0,
): void {
  out.fill(0, offset, offset + contextHeadLength(schema));
  out[offset] = 1;
  out[offset + 1 + device] = 1;
  // The first daypart is the reference level: the intercept already says it.
  if (daypart > 0) out[offset + schema.devices.length + daypart] = 1;
}

/**
 * Writes x into `out` at `offset`. No allocation. Serving writes many at once: SlateBatch of bandit/, the same bits.
 *
 * @param member shape (E)
 * @param device index in schema.devices
 * @param daypart index in schema.dayparts
 * @param items shape (≥ itemOffset + E): the artwork's (or title's) vector starts at itemOffset
 * @param out shape (≥ offset + d)
 */
export function writeContext(
  schema: ContextSchema,
  member: Float32Array,
  device: number,
  daypart: number,
  items: Float32Array,
  itemOffset: number,
  out: Float32Array,
  offset: number,
): void {
  const size = schema.embeddingSize;
  writeContextHead(schema, device, daypart, out, offset);
  const affinityAt = offset + contextHeadLength(schema);
  let affinity = 0;
  for (let e = 0; e < size; e++) {
    const product = member[e]! * items[itemOffset + e]!;
    affinity += product;
    out[affinityAt + 1 + e] = product;
    out[affinityAt + 1 + size + e] = member[e]!;
  }
  out[affinityAt] = affinity;
}

/** shape (E): weight of each theme of the vocabulary; themes that are not in the vocabulary were refused when loaded */
export function themeVector(schema: ContextSchema, themes: Readonly<Record<string, number>>): Float32Array {
  return Float32Array.from(schema.themes, (t) => themes[t] ?? 0);
}
