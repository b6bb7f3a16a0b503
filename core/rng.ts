import { hashString, mix32 } from './hash.js';

/** Chance is an argument: the same seed gives the same run, everywhere. */
export interface Rng {
  /** uniform on the open interval (0, 1), 53 bits */
  uniform(): number;
  /** standard normal, by Marsaglia's polar method */
  normal(): number;
  /** integer in [0, n) */
  below(n: number): number;
  /** a generator whose stream is independent of this one's, named so that adding one elsewhere changes nothing here */
  fork(name: string): Rng;
}

/**
 * sfc32 (Doty-Humphrey, PractRand; public domain), seeded by a number.
 *
 * @param seed any safe integer
 */
export function seededRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed}; expected a safe integer`);
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  let a = mix32(low ^ 0x9e3779b9);
  let b = mix32(high ^ 0x243f6a88);
  let c = mix32(a ^ b ^ 0xb7e15162);
  let counter = 1;
  const next = (): number => {
    const t = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + t) >>> 0;
    return t;
  };
  for (let i = 0; i < 15; i++) next();
  let spare: number | undefined;
  const uniform = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6) + 0.5) / 9007199254740992;
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      for (;;) {
        const u = 2 * uniform() - 1;
        const v = 2 * uniform() - 1;
        const s = u * u + v * v;
        if (s > 0 && s < 1) {
          const scale = Math.sqrt((-2 * Math.log(s)) / s);
          spare = v * scale;
          return u * scale;
        }
      }
    },
    below: (n) => Math.floor(uniform() * n),
    fork: (name) => seededRng(hashString(name, low) * 2 ** 20 + (mix32(high ^ low) >>> 12)),
  };
}
