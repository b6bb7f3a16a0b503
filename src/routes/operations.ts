import { Router } from 'express';
import type { Explanation } from '../../client/types.js';
import { AppError, shown } from '../../core/errors.js';
import type { ExaminationCurve } from '../../bandit/index.js';
import type { ExaminationCurves } from '../../feedback/update/examination-publisher.js';
import type { Metrics } from '../metrics.js';

/**
 * Health for load balancers: answered without a key, says nothing but yes or no and which part is not ready.
 *
 * @param notReady   parts that have ended
 * @param waitingFor what the process has begun without
 * @param isReadyYet is it ready all the same while it waits?
 */
export function healthRouter(
  notReady: () => readonly string[],
  waitingFor: () => readonly string[],
  isReadyYet: boolean,
): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const [ended, awaited] = [notReady(), waitingFor()];
    const isReady = ended.length === 0 && (awaited.length === 0 || isReadyYet);
    response
      .status(isReady ? 200 : 503)
      .json({ status: isReady ? 'ready' : 'not-ready', waitingFor: [...ended, ...awaited] });
  });
  return router;
}

export interface OperationsRoutes {
  readonly metrics: Metrics;
  readonly explain: (requestId: string, slot: number) => Explanation | undefined;
  readonly models: () => readonly ModelTotals[];
  /** undefined: not estimated yet */
  readonly examination: () => ExaminationCurves | undefined;
  /** what GET /openapi.json answers */
  readonly description: object;
}

/** What a model has learned in all: impressions displayed (a policy that counts weighs each by its examination) and reward earned. */
export interface ModelTotals {
  readonly model: string;
  readonly policy: string;
  readonly version: number;
  readonly trials: number;
  readonly reward: number;
}

/** GET /metrics, /openapi.json, /v1/models, /v1/examination, /v1/decisions/{requestId}/slots/{slot}. */
export function operationsRouter(routes: OperationsRoutes): Router {
  const { metrics, explain, models, examination, description } = routes;
  const router = Router();
  router.get('/openapi.json', (_request, response) => {
    response.json(description);
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  router.get('/v1/models', (_request, response) => {
    response.json({ models: models() });
  });
  router.get('/v1/examination', (_request, response) => {
    const curves = examination();
    response.json({ columns: placesOf(curves?.columns), rows: placesOf(curves?.rows) });
  });
  router.get('/v1/decisions/:requestId/slots/:slot', (request, response) => {
    response.json(explainOrThrow(explain, request.params.requestId, request.params.slot));
  });
  return router;
}

interface ExaminedPlace {
  readonly place: number;
  /** how much it is looked at, relative to the first */
  readonly examination: number;
  /** of log examination */
  readonly standardError: number;
  /** overlap-weighted plays behind its ratio to the next place */
  readonly plays: number;
}

/** From the first place to the last that any play is known of. */
function placesOf(curve: ExaminationCurve | undefined): readonly ExaminedPlace[] {
  if (curve === undefined) return [];
  const { examination, standardErrors, plays } = curve;
  const last = plays.findLastIndex((count) => count > 0);
  return Array.from({ length: last < 0 ? 0 : last + 2 }, (_, place) => ({
    place,
    examination: examination[place]!,
    standardError: standardErrors[place]!,
    plays: plays[place]!,
  }));
}

export function explainOrThrow(
  explain: OperationsRoutes['explain'],
  requestId: string,
  slot: string | number,
): Explanation {
  const found = explain(requestId, Number(slot));
  if (!found) {
    throw new AppError(
      'request/not-found',
      `no kept decision has request ${shown(requestId.slice(0, 60))} and slot ${shown(slot)}; pages asked for with explain: true are kept for a while`,
    );
  }
  return found;
}
