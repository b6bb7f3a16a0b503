import express, { type Request, type Response, type Router } from 'express';
import { AppError, shown } from '../core/errors.js';
import { assetsRouter, modulesDirectory } from './assets.js';
import { DEFAULT_OPTIONS, type DashboardsDeps } from './deps.js';
import { apiPage } from './pages/api-page.js';
import { experimentRoutes } from './pages/experiment-routes.js';
import { homePage } from './pages/home-page.js';
import { CONTENT_SECURITY_POLICY, themeOf, type PageFrameOptions } from './pages/layout.js';
import { listedMembers } from './pages/listed-members.js';
import { livePage } from './pages/live-page.js';
import { liveResults, type LiveResults } from './pages/live-results.js';
import { liveSection } from './pages/live-section.js';
import { whyPanel } from './pages/why-panel.js';
import { outcomeQueries } from './queries/outcome-queries.js';
import { sharedQuestions } from './queries/shared-questions.js';

function sendPage(response: Response, page: string): void {
  response
    .type('html')
    .setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    .setHeader('Cache-Control', 'no-cache')
    .setHeader('Vary', 'Cookie')
    .setHeader('X-Content-Type-Options', 'nosniff')
    .setHeader('Referrer-Policy', 'same-origin');
  response.send(page);
}

function textParameter(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > 200) {
    throw new AppError(
      'request/invalid',
      `${name} is ${shown(value)}; expected one text of at most 200 characters`,
    );
  }
  return value;
}

function slotParameter(request: Request): number {
  const text = request.params['slot'];
  const slot = Number(text);
  if (!/^\d{1,6}$/.test(String(text)))
    throw new AppError('request/invalid', `slot is ${shown(text)}; expected a whole number ≥ 0`);
  return slot;
}

function chartSize(request: Request): 'narrow' | 'wide' {
  const size = textParameter(request, 'size');
  if (size === undefined) return (request.get('user-agent') ?? '').includes('Mobi') ? 'narrow' : 'wide';
  if (size !== 'narrow' && size !== 'wide')
    throw new AppError('request/invalid', `size is ${shown(size)}; expected narrow or wide`);
  return size;
}

/**
 * The pages: `/` (a member's homepage), `/live` (the policies compared while they run), `/experiment` (which one is better), `/api` (the HTTP API, to read), the fragments their browser code fetches
 * (`/fragments/live`, `/fragments/why/{requestId}/{slot}`) and `/assets/…`. Nothing here writes. Faults go to the service's error handler.
 */
export function dashboardsRouter(deps: DashboardsDeps): Router {
  const options = { ...DEFAULT_OPTIONS, ...deps.options };
  const ask = sharedQuestions(deps.analytics, deps.clock, options);
  const queries = outcomeQueries(ask);
  const assets = assetsRouter(options.modulesDirectory ?? modulesDirectory());
  const frame = (request: Request): PageFrameOptions => ({
    theme: themeOf(request.get('cookie')),
    assets: assets.prefix,
    refreshMs: options.refreshMs,
  });
  const router = express.Router();
  const results = (request: Request): Promise<LiveResults> =>
    liveResults({
      deps,
      queries,
      confidence: options.confidence,
      size: chartSize(request),
      titleId: textParameter(request, 'title'),
    });

  router.use(assets.router);
  router.get('/', async (request, response) => {
    const members = listedMembers(await deps.home.listMembers(), options.listedMembers);
    const memberId = textParameter(request, 'member');
    sendPage(response, homePage({ home: deps.home, members, memberId, ...frame(request) }));
  });
  router.get('/live', async (request, response) => {
    const section = liveSection(await results(request));
    sendPage(response, livePage({ section, ...frame(request) }));
  });
  router.use(
    experimentRoutes({
      ...{ deps, ask, outcomes: queries, confidence: options.confidence },
      ...{ textParameter, size: chartSize, frame, sendPage },
    }),
  );
  const { api } = deps;
  if (api)
    router.get('/api', (request, response) => {
      sendPage(response, apiPage(api, frame(request)));
    });
  router.get('/fragments/live', async (request, response) => {
    sendPage(response, liveSection(await results(request)).toString());
  });
  router.get('/fragments/why/:requestId/:slot', async (request, response) => {
    const explanation = await deps.explain(request.params.requestId, slotParameter(request));
    sendPage(response, whyPanel(explanation).toString());
  });
  return router;
}
