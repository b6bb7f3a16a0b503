import type { PolicyName } from '../bandit/policy.js';

export interface BenchOptions {
  /** length of each measured stretch */
  readonly seconds: number;
  /** how often everything is measured; medians are reported */
  readonly rounds: number;
  readonly policies: readonly PolicyName[];
  readonly startCommand?: readonly string[] | undefined;
  /** what the service stands on, where the benchmark can tell them apart: files of its own, or Kafka and Redis with a learner in another process */
  readonly on: 'embedded' | 'kafka';
  /** one line of progress, for people */
  readonly say: (line: string) => void;
}

/** What one benchmark found: rows for people and for machines alike. */
export interface BenchReport {
  readonly name: string;
  /** how to read the numbers: what exactly was timed */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** whole numbers of every round */
  readonly raw: unknown;
}

export type Benchmark = (options: BenchOptions) => Promise<BenchReport>;
