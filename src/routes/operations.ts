import { Router } from 'express';
import type { Explanation } from '../../client/types.js';
import { AppError, shown } from '../../core/errors.js';
import type { Metrics } from '../metrics.js';

/** Health for load balancers: answered without a key, says nothing but yes or no and which part is not ready. */
export function healthRouter(notReady: () => readonly string[]): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const waitingFor = notReady();
    response
      .status(waitingFor.length === 0 ? 200 : 503)
      .json({ status: waitingFor.length === 0 ? 'ready' : 'not-ready', waitingFor });
  });
  return router;
}

export interface OperationsRoutes {
  readonly metrics: Metrics;
  readonly explain: (requestId: string, slot: number) => Explanation | undefined;
  readonly models: () => readonly ModelTotals[];
}

/** What a model has learned in all: impressions displayed and reward earned. */
export interface ModelTotals {
  readonly model: string;
  readonly policy: string;
  readonly version: number;
  readonly trials: number;
  readonly reward: number;
}

/** GET /metrics, /v1/models, /v1/decisions/{requestId}/slots/{slot}. */
export function operationsRouter({ metrics, explain, models }: OperationsRoutes): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  router.get('/v1/models', (_request, response) => {
    response.json({ models: models() });
  });
  router.get('/v1/decisions/:requestId/slots/:slot', (request, response) => {
    response.json(explainOrThrow(explain, request.params.requestId, request.params.slot));
  });
  return router;
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
