import { ipw, type Estimate, type Estimator } from '../../bandit/evaluation/index.js';
import type { PolicyName } from '../../bandit/policy.js';
import { AppError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import { Candidate } from './candidate.js';
import { csvFields } from './csv-fields.js';
import { readLines } from './log-lines.js';
import { LoggedOutcomes } from './logged-outcomes.js';
import { RowReader, type LoggedRow } from './logged-row.js';
import { layOnHeader, type ColumnMapping, type LogColumns } from './mapping.js';
import { ProblemLedger, type ProblemSummary } from './problems.js';
import { ScoredCandidate, type PolicyReport } from './scored-candidate.js';

export interface ReplayOptions {
  readonly policies: readonly PolicyName[];
  readonly mapping: ColumnMapping;
  /** "34", "a,b,c", or undefined: read off the affinity columns */
  readonly actions?: string | undefined;
  /** d of the hashed contexts, 3 … 256; default 32 */
  readonly dimension?: number;
  /** rows between two fits, ≥ 1; default 100 */
  readonly refitEvery?: number;
  /** rows read at most; default all */
  readonly limit?: number | undefined;
  /** two-sided coverage of the intervals; default 0.95 */
  readonly confidence?: number;
  /** bootstrap replicates, 20 … 10,000, or 0 for none; default 200 */
  readonly bootstrapReplicates?: number;
  /** longest line, in bytes; default 1 MiB */
  readonly maxLineBytes?: number;
  readonly rng: Rng;
}

export interface ReplayReport {
  /** data rows read, of which used; the rest is in `problems` */
  readonly rows: { readonly read: number; readonly used: number };
  readonly problems: ProblemSummary;
  /** used rows whose timestamp lies before that of an earlier one */
  readonly outOfOrder: number;
  readonly actions: number;
  /** mean reward of the log itself, with its interval */
  readonly logged: Estimate;
  readonly policies: readonly PolicyReport[];
}

/**
 * Reads a logged-bandit CSV once, in bounded memory, and lets each policy learn from it as if live: for every row first what the policy would
 * have answered, scored against the log (progressive validation), then the logged arm's reward is learned.
 *
 * @throws AppError `replay/bad-mapping` | `replay/unreadable` | `evaluation/empty` when no row can be used
 */
export async function replayLog(
  source: AsyncIterable<Uint8Array>,
  options: ReplayOptions,
): Promise<ReplayReport> {
  let run: ReplayRun | undefined;
  for await (const { firstLine, lines } of readLines(source, options.maxLineBytes ?? 2 ** 20)) {
    for (const [i, line] of lines.entries()) {
      if (line === '') continue;
      if (run === undefined) run = new ReplayRun(readHeader(line, options), options);
      else if (!run.take(firstLine + i, line)) return run.report();
    }
  }
  if (run === undefined)
    throw new AppError('evaluation/empty', 'the log is empty; expected a header and at least one row');
  return run.report();
}

function readHeader(line: string | undefined, options: ReplayOptions): LogColumns {
  const header = line === undefined ? undefined : csvFields(line);
  if (header === undefined)
    throw new AppError('replay/bad-mapping', 'the first line is no CSV header; expected column names');
  return layOnHeader(options.mapping, header, options.actions);
}

class ReplayRun {
  private readonly problems = new ProblemLedger();
  private readonly reader: RowReader;
  private readonly scored: readonly ScoredCandidate[];
  private readonly logged: Estimator;
  private readonly outcomes: LoggedOutcomes;
  private read = 0;
  private used = 0;
  private outOfOrder = 0;
  private latestMs = -Infinity;

  constructor(
    private readonly columns: LogColumns,
    private readonly options: ReplayOptions,
  ) {
    const dimension = options.dimension ?? 32;
    const { confidence = 0.95, refitEvery = 100, bootstrapReplicates: replicates = 200 } = options;
    this.reader = new RowReader(columns, dimension);
    const arms = columns.actions.length;
    this.outcomes = new LoggedOutcomes(arms);
    // Every weight of a log under its own policy is 1.
    const intervals = ['clopper-pearson', 'empirical-bernstein', 'anytime-valid'] as const;
    this.logged = ipw({ confidence, intervals, weightBound: 1 });
    this.scored = options.policies.map(
      (policy) =>
        new ScoredCandidate(
          new Candidate({ policy, dimension, arms, refitEvery }),
          // A stream of its own per policy: its replay estimate is the same whichever others run beside it.
          { confidence, replicates, rng: options.rng.fork(policy) },
        ),
    );
  }

  /** @returns false once the limit is reached */
  take(line: number, text: string | undefined): boolean {
    this.read++;
    if (text === undefined) {
      this.problems.add(line, {
        reason: 'line-too-long',
        message: `expected at most ${this.options.maxLineBytes ?? 2 ** 20} bytes`,
      });
    } else {
      const fields = csvFields(text);
      if (fields === undefined) {
        this.problems.add(line, {
          reason: 'bad-quotes',
          message: 'quotes do not close within the line, or stand inside a field',
        });
      } else {
        const row = this.reader.read(fields);
        if (row.kind === 'row') this.learn(row);
        else this.problems.add(line, { reason: row.reason, message: row.message });
      }
    }
    return this.read < (this.options.limit ?? Infinity);
  }

  report(): ReplayReport {
    const problems = this.problems.summary();
    if (this.used === 0) {
      const first = problems.first[0];
      const why =
        first === undefined ? 'it has no rows' : `line ${first.line}: ${first.reason}: ${first.message}`;
      throw new AppError(
        'evaluation/empty',
        `0 of ${this.read} rows can be used; expected at least 1 (${why})`,
      );
    }
    return {
      rows: { read: this.read, used: this.used },
      problems,
      outOfOrder: this.outOfOrder,
      actions: this.columns.actions.length,
      logged: this.logged.estimate(),
      policies: this.scored.map((candidate) => candidate.report()),
    };
  }

  private learn(row: LoggedRow): void {
    this.used++;
    if (row.atMs < this.latestMs) this.outOfOrder++;
    else this.latestMs = row.atMs;
    const outcome = this.outcomes.describe(row);
    this.logged.add(outcome);
    for (const candidate of this.scored) candidate.take(row, outcome);
    this.outcomes.learn(outcome);
  }
}
