/** Why a row was left out. `malformed`: it cannot be read. `refused`: it can, but its numbers cannot be true. */
export const PROBLEMS = {
  'ragged-row': 'malformed',
  'bad-quotes': 'malformed',
  'line-too-long': 'malformed',
  'unknown-action': 'malformed',
  'action-not-offered': 'malformed',
  'bad-timestamp': 'malformed',
  'bad-number': 'malformed',
  'bad-reward': 'refused',
  'bad-propensity': 'refused',
} as const satisfies Record<string, 'malformed' | 'refused'>;

export type ProblemReason = keyof typeof PROBLEMS;

export interface Problem {
  readonly reason: ProblemReason;
  /** the bad value and what was expected */
  readonly message: string;
}

export interface ProblemSummary {
  readonly malformed: number;
  readonly refused: number;
  readonly byReason: Readonly<Partial<Record<ProblemReason, number>>>;
  /** the first few, in the order of the log */
  readonly first: readonly (Problem & { readonly line: number })[];
}

/** Counts every problem, keeps the first few. */
export class ProblemLedger {
  private readonly byReason: Partial<Record<ProblemReason, number>> = {};
  private readonly first: (Problem & { readonly line: number })[] = [];

  /** @param kept how many are kept to be shown, default 10 */
  constructor(private readonly kept = 10) {}

  add(line: number, problem: Problem): void {
    this.byReason[problem.reason] = (this.byReason[problem.reason] ?? 0) + 1;
    if (this.first.length < this.kept) this.first.push({ line, ...problem });
  }

  summary(): ProblemSummary {
    const count = (kind: 'malformed' | 'refused'): number =>
      Object.entries(this.byReason).reduce(
        (sum, [reason, n]) => sum + (PROBLEMS[reason as ProblemReason] === kind ? n : 0),
        0,
      );
    return {
      malformed: count('malformed'),
      refused: count('refused'),
      byReason: { ...this.byReason },
      first: [...this.first],
    };
  }
}
