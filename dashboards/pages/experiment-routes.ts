import express, { type Request, type Router } from 'express';
import { AppError, shown } from '../../core/errors.js';
import { DEFAULT_EXPERIMENT, type DashboardsDeps } from '../deps.js';
import { experimentQueries } from '../queries/experiment-queries.js';
import type { OutcomeQueries } from '../queries/outcome-queries.js';
import type { Ask } from '../queries/shared-questions.js';
import { experimentCsv, experimentJson } from './experiment-export.js';
import { experimentPage } from './experiment-page.js';
import { experimentResults, type ExperimentResults } from './experiment-results.js';
import type { PageFrameOptions } from './layout.js';
import type { ResultsSize } from './live-results.js';

export interface ExperimentRoutes {
  readonly deps: Pick<DashboardsDeps, 'home' | 'clock' | 'options'>;
  readonly ask: Ask;
  readonly outcomes: Pick<OutcomeQueries, 'observedPeriod'>;
  /** of the intervals */
  readonly confidence: number;
  readonly textParameter: (request: Request, name: string) => string | undefined;
  readonly size: (request: Request) => ResultsSize;
  readonly frame: (request: Request) => PageFrameOptions;
  readonly sendPage: (response: express.Response, page: string) => void;
}

const LONGEST_WINDOW_MS = 90 * 86_400_000;

function windowParameter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!/^\d{1,12}$/.test(text) || ms < 1_000 || ms > LONGEST_WINDOW_MS)
    throw new AppError(
      'request/invalid',
      `windowMs is ${shown(text)}; expected whole milliseconds from 1000 to ${LONGEST_WINDOW_MS}`,
    );
  return ms;
}

/** `/experiment`, and its tables as `/experiment.json` and `/experiment.csv`. `windowMs`, `control` and (CSV) `table` are parameters. */
export function experimentRoutes(routes: ExperimentRoutes): Router {
  const { deps, textParameter } = routes;
  const { variants } = deps.home;
  const queries = experimentQueries(routes.ask);
  const results = (request: Request): Promise<ExperimentResults> => {
    const control = textParameter(request, 'control');
    if (control !== undefined && !variants.some(({ variant }) => variant === control))
      throw new AppError(
        'request/invalid',
        `control is ${shown(control)}; expected one of ${variants.map(({ variant }) => variant).join(', ')}`,
      );
    const windowMs = windowParameter(textParameter(request, 'windowMs'));
    const settings = {
      ...{ ...DEFAULT_EXPERIMENT, ...deps.options?.experiment, confidence: routes.confidence },
      ...(windowMs !== undefined && { windowMs }),
    };
    const { outcomes } = routes;
    return experimentResults({ home: deps.home, clock: deps.clock, outcomes, queries, settings, control });
  };
  const router = express.Router();
  router.get('/experiment', async (request, response) => {
    const page = { results: await results(request), variants, size: routes.size(request) };
    routes.sendPage(response, experimentPage({ ...page, ...routes.frame(request) }));
  });
  router.get('/experiment.json', async (request, response) => {
    response.setHeader('Cache-Control', 'no-cache').json(experimentJson(await results(request)));
  });
  router.get('/experiment.csv', async (request, response) => {
    const text = experimentCsv(await results(request), textParameter(request, 'table'));
    response.setHeader('X-Content-Type-Options', 'nosniff').setHeader('Cache-Control', 'no-cache');
    response.attachment('experiment.csv').type('text/csv').send(text);
  });
  return router;
}
