import { chooseArmFrom, type Hashes } from './choose.js';
import type { ExplorationKernels } from './exploration-kernels.js';
import { writeThompsonTables } from './exploration-tables.js';
import { TYPESCRIPT_EXPLORATION } from './exploration-typescript.js';
import type { Arena } from './linalg/arena.js';
import { Argument } from './linalg/argument.js';
import type { KernelExports, KernelInstance } from './linalg/instance.js';
import { MAX_ARMS } from './policy.js';
import type { SlateRun } from './slate-run.js';

/** Arms of one call whose arrays live elsewhere; larger calls are left to the twin. A page of 1,600 titles of 10. */
const MAX_COPIED = 16_384;
/** What assembly/thompson.ts lays out in its scratch memory, four columns of arms, then vectors of four nodes; assembly/draw.ts needs 16 floats. */
const MAX_VECTORS = 100;
const SCRATCH_FLOATS = 4 * MAX_ARMS + 4 * MAX_VECTORS * (1 + MAX_ARMS);

/** The kernels in WebAssembly; undefined when the memory has no room for them. */
export function wasmExploration({ exports, arena }: KernelInstance): ExplorationKernels | undefined {
  const tables = writeThompsonTables(arena);
  const scratch = arena.allocate(Float32Array, SCRATCH_FLOATS);
  const floats = arena.allocate(Float64Array, 3 * MAX_COPIED);
  const integers = arena.allocate(Int32Array, 4 * MAX_COPIED);
  if (tables === undefined || scratch === undefined || floats === undefined || integers === undefined)
    return undefined;
  return new WasmExploration(exports, arena, tables, scratch.byteOffset, floats, integers);
}

class WasmExploration implements ExplorationKernels {
  readonly backend = 'wasm';
  readonly #exports: KernelExports;
  readonly #tables: number;
  readonly #scratch: number;
  /** where numbers are drawn to, before they are copied out */
  readonly #drawn: Float64Array;
  readonly #scores: Argument<Float64Array>;
  readonly #deviations: Argument<Float64Array>;
  readonly #propensities: Argument<Float64Array>;
  readonly #starts: Argument<Int32Array>;
  readonly #titleHashes: Argument<Int32Array>;
  readonly #artworkHashes: Argument<Int32Array>;
  readonly #chosen: Argument<Int32Array>;

  constructor(
    exports: KernelExports,
    arena: Arena,
    tables: number,
    scratch: number,
    floats: Float64Array,
    integers: Int32Array,
  ) {
    this.#exports = exports;
    this.#tables = tables;
    this.#scratch = scratch;
    const copied = <T extends Float64Array | Int32Array>(stands: T, index: number): Argument<T> =>
      new Argument(arena, stands.subarray(index * MAX_COPIED, (index + 1) * MAX_COPIED) as T);
    this.#drawn = floats.subarray(0, MAX_COPIED);
    this.#scores = copied(floats, 0);
    this.#deviations = copied(floats, 1);
    this.#propensities = copied(floats, 2);
    this.#starts = copied(integers, 0);
    this.#titleHashes = copied(integers, 1);
    this.#artworkHashes = copied(integers, 2);
    this.#chosen = copied(integers, 3);
  }

  thompson(
    means: Float64Array,
    deviations: Float64Array,
    size: number,
    floor: number,
    propensities: Float64Array,
  ): number {
    const bad = this.#exports.thompsonSlate(
      this.#tables,
      this.#scratch,
      this.#scores.bring(means, 0, size),
      this.#deviations.bring(deviations, 0, size),
      size,
      floor,
      this.#propensities.bring(propensities, 0, size),
    );
    if (bad < 0) this.#propensities.takeBack(propensities, size);
    return bad;
  }

  thompsonOfSlates(
    slates: SlateRun,
    means: Float64Array,
    deviations: Float64Array,
    floor: number,
    propensities: Float64Array,
  ): number {
    const { count, starts } = slates;
    const arms = starts[count]!;
    const startsAt = this.#starts.bring(starts, 0, count + 1);
    const meansAt = this.#scores.bring(means, 0, arms);
    const deviationsAt = this.#deviations.bring(deviations, 0, arms);
    const outAt = this.#propensities.bring(propensities, 0, arms);
    if (Math.min(startsAt, meansAt, deviationsAt, outAt) < 0)
      return TYPESCRIPT_EXPLORATION.thompsonOfSlates(slates, means, deviations, floor, propensities);
    const bad = this.#exports.thompsonSlates(
      this.#tables,
      this.#scratch,
      startsAt,
      count,
      meansAt,
      deviationsAt,
      floor,
      outAt,
    );
    this.#propensities.takeBack(propensities, arms);
    return bad;
  }

  squareCbOfSlates(
    slates: SlateRun,
    scores: Float64Array,
    gammas: Float64Array,
    floor: number,
    propensities: Float64Array,
  ): number {
    const { count, starts } = slates;
    const arms = starts[count]!;
    const startsAt = this.#starts.bring(starts, 0, count + 1);
    const scoresAt = this.#scores.bring(scores, 0, arms);
    const gammasAt = this.#deviations.bring(gammas, 0, count);
    const outAt = this.#propensities.bring(propensities, 0, arms);
    if (Math.min(startsAt, scoresAt, gammasAt, outAt) < 0)
      return TYPESCRIPT_EXPLORATION.squareCbOfSlates(slates, scores, gammas, floor, propensities);
    const bad = this.#exports.squareCbSlates(startsAt, count, scoresAt, gammasAt, floor, outAt);
    this.#propensities.takeBack(propensities, arms);
    return bad;
  }

  chooseArms(
    slates: SlateRun,
    propensities: Float64Array,
    keyA: number,
    keyB: number,
    titleHashes: Hashes,
    artworkHashes: Hashes,
    chosen: Int32Array,
  ): void {
    const { count, starts } = slates;
    const arms = starts[count]!;
    const startsAt = this.#starts.bring(starts, 0, count + 1);
    const propensitiesAt = this.#propensities.bring(propensities, 0, arms);
    const titlesAt = this.#titleHashes.bring(titleHashes, 0, count);
    const artworksAt = this.#artworkHashes.bring(artworkHashes, 0, arms);
    const chosenAt = this.#chosen.bring(chosen, 0, count);
    const inputs = Math.min(startsAt, propensitiesAt, titlesAt, artworksAt);
    if (Math.min(inputs, chosenAt) < 0) {
      TYPESCRIPT_EXPLORATION.chooseArms(slates, propensities, keyA, keyB, titleHashes, artworkHashes, chosen);
      return;
    }
    this.#exports.chooseSlates(
      startsAt,
      count,
      propensitiesAt,
      keyA,
      keyB,
      titlesAt,
      artworksAt,
      this.#scratch,
      chosenAt,
    );
    this.#chosen.takeBack(chosen, count);
    for (let s = 0; s < count; s++) {
      if (chosen[s]! >= 0) continue;
      const from = starts[s]!;
      const size = starts[s + 1]! - from;
      chosen[s] = chooseArmFrom(propensities, from, size, keyA, keyB, titleHashes[s]!, artworkHashes);
    }
  }

  fillPairs(
    seedLow: number,
    seedHigh: number,
    first: number,
    count: number,
    normal: boolean,
    out: Float64Array,
  ): void {
    const drawn = this.#drawn;
    const most = drawn.length / 2;
    for (let done = 0; done < count; done += most) {
      const pairs = Math.min(most, count - done);
      this.#exports.fillPairs(seedLow, seedHigh, first + done, pairs, normal, drawn.byteOffset);
      out.set(drawn.subarray(0, 2 * pairs), 2 * done);
    }
  }
}
