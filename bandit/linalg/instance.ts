import { Arena, type WasmMemory } from './arena.js';
import type { BlockExports } from './block-exports.js';
import type { ExplorationExports } from './exploration-exports.js';
import { WASM_BASE64 } from './generated/wasm-bytes.js';
import type { SlateExports } from './slate-exports.js';

/** What bandit/linalg/assembly/index.ts exports: pointers are byte addresses, booleans and counts numbers. */
export interface KernelExports extends ExplorationExports, BlockExports, SlateExports {
  heapBase(): number;
  gatherDots(
    table: number,
    rows: number,
    count: number,
    contexts: number,
    dimension: number,
    unknown: number,
    out: number,
  ): number;
  gatherNorms(
    table: number,
    at: number,
    rows: number,
    count: number,
    contexts: number,
    dimension: number,
    scale: number,
    unknownScale: number,
    out: number,
  ): void;
  scale(values: number, count: number, factor: number): void;
  addOuterProduct(sums: number, x: number, dimension: number, weight: number, decay: number): void;
  updateInverseFactor(
    inverseLower: number,
    dimension: number,
    x: number,
    scratch: number,
    weight: number,
    theta: number,
    reward: number,
  ): number;
  addInverseProduct(inverseLower: number, dimension: number, x: number, factor: number, theta: number): void;
  narrow(from: number, factor: number, to: number, count: number): void;
  choleskyInPlace(a: number, dimension: number, columns: number): number;
  invertLower(lower: number, dimension: number, out: number, factors: number, square: number): void;
  solveLower(lower: number, dimension: number, b: number): void;
  solveLowerTransposed(lower: number, dimension: number, y: number): void;
}

export interface KernelInstance {
  readonly exports: KernelExports;
  readonly arena: Arena;
}

/** What is used of `WebAssembly`, which the ES library's types do not have. */
interface WebAssemblyEngine {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

/** As the module was compiled for: see scripts/build-kernels.mjs. */
const INITIAL_PAGES = 16;

const engine = (globalThis as { readonly WebAssembly?: WebAssemblyEngine }).WebAssembly;
let compiled: object | null | undefined;

/** The module with a memory of its own; undefined where WebAssembly, SIMD or shared memory is missing. */
export function instantiate(maximumPages: number): KernelInstance | undefined {
  if (engine === undefined) return undefined;
  if (compiled === undefined) compiled = compile(engine);
  if (compiled === null) return undefined;
  const memory = reserve(engine, maximumPages);
  if (memory === undefined) return undefined;
  const exports = new engine.Instance(compiled, { env: { memory } }).exports as KernelExports;
  return { exports, arena: new Arena(memory, maximumPages, exports.heapBase()) };
}

/** Validation fails exactly where the engine lacks an instruction that the module uses. */
function compile(wasm: WebAssemblyEngine): object | null {
  const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0));
  return wasm.validate(bytes) ? new wasm.Module(bytes) : null;
}

/** Undefined where so many addresses cannot be had: the twins need none. */
function reserve(wasm: WebAssemblyEngine, maximum: number): WasmMemory | undefined {
  try {
    return new wasm.Memory({ initial: INITIAL_PAGES, maximum, shared: true });
  } catch {
    return undefined;
  }
}
