import type { Clock } from '../../core/clock.js';
import type { Analytics } from '../../feedback/analytics/analytics.js';
import { recentAnswers } from './recent-answers.js';

export interface SharedQuestionsOptions {
  readonly queryIntervalMs: number;
  readonly queryRest: number;
  readonly keptAnswers: number;
}

/** Runs SQL with parameters; answers are shared for a moment (see {@link recentAnswers}). @throws AppError `analytics/*` */
export type Ask = <Row>(
  sql: string,
  parameters: Readonly<Record<string, unknown>>,
) => Promise<readonly Row[]>;

export function sharedQuestions(analytics: Analytics, clock: Clock, options: SharedQuestionsOptions): Ask {
  const recent = recentAnswers<readonly unknown[]>(clock, {
    intervalMs: options.queryIntervalMs,
    rest: options.queryRest,
    most: options.keptAnswers,
  });
  return async <Row>(sql: string, parameters: Readonly<Record<string, unknown>>) => {
    const rows = await recent(`${sql}\n${JSON.stringify(parameters)}`, () =>
      analytics.query<Row>(sql, parameters),
    );
    return rows as readonly Row[];
  };
}
