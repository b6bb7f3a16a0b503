import { createKernels, type Kernels } from '../bandit/linalg/kernels.js';
import { ALGEBRA_CASES } from './algebra-cases.js';
import type { Benchmark } from './benchmark.js';
import { EXPLORATION_CASES } from './exploration-cases.js';
import { median } from './load/percentiles.js';

/** time each measurement takes at least: a tick of the clock and a stolen millisecond are small beside it */
const STRETCH_MS = 40;

/** One kernel: what it is called, and how it is made ready on a backend. */
export interface Case {
  readonly name: string;
  /** what one run is, for people */
  readonly unit: string;
  /** @returns what does the work once */
  prepare(kernels: Kernels): () => unknown;
}

/** Of processor time, which a machine that others use too does not take away. */
function microsecondsPerRun(run: () => unknown): number {
  let runs = 0;
  let spent = 0;
  const before = process.cpuUsage();
  while (spent < STRETCH_MS * 1000) {
    // The clock costs as much as a small kernel: ask it every tenth run.
    for (let i = 0; i < 10; i++) run();
    runs += 10;
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return spent / runs;
}

/** The two backends turn by turn, so that both see the same machine; medians of the turns, and of their ratios. */
export const kernels: Benchmark = ({ rounds, say }) => {
  const backends = [createKernels(), createKernels({ simd: false })];
  const turns = Math.max(5, 2 * rounds + 1);
  const raw = [...ALGEBRA_CASES, ...EXPLORATION_CASES].map((one) => {
    const { name, unit } = one;
    say(`kernels: ${name}`);
    const [wasm, twin] = backends.map((backend) => one.prepare(backend));
    const turn = (): readonly [number, number] => [microsecondsPerRun(wasm!), microsecondsPerRun(twin!)];
    turn();
    return { name, unit, turns: Array.from({ length: turns }, turn) };
  });
  return Promise.resolve({
    name: `kernels: ${backends.map((backend) => backend.backend).join(' beside ')}, d = 32`,
    method: `µs of processor time per run, ${turns} turns of ${STRETCH_MS} ms each, the backends in alternation; medians. The ratio is the median of the turns' ratios.`,
    columns: ['kernel', 'one run', 'WebAssembly µs', 'TypeScript µs', 'ratio'],
    rows: raw.map(({ name, unit, turns: pairs }) => [
      name,
      unit,
      round(median(pairs.map(([wasm]) => wasm))),
      round(median(pairs.map(([, twin]) => twin))),
      round(median(pairs.map(([wasm, twin]) => twin / wasm))),
    ]),
    raw,
  });
};

function round(value: number): number {
  return Number(value.toPrecision(3));
}
