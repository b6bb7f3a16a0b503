import { createHash } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { AppError } from '../../core/errors.js';
import type { Config } from '../config-schema.js';
import { evaluateFlag, evaluateFlags, FlagError, memberOf } from '../experiments/flags.js';
import { readBody, requireMediaType } from '../http/bodies.js';
import { parseJson } from '../http/validation.js';

export interface OfrepRoutes {
  readonly experiments: readonly Config['experiment'][];
  readonly bodyLimitBytes: number;
}

/**
 * The OpenFeature Remote Evaluation Protocol (https://openfeature.dev/docs/reference/other-technologies/ofrep): which variant a member is in, for
 * clients that speak it. An experiment is a string flag; its value is the variant.
 */
export function ofrepRouter({ experiments, bodyLimitBytes }: OfrepRoutes): Router {
  const router = Router();
  const answer = async (
    request: Request,
    response: Response,
    key: string | undefined,
    evaluate: (memberId: string) => void,
  ): Promise<void> => {
    try {
      evaluate(memberOf(await bodyOf(request, bodyLimitBytes)));
    } catch (error) {
      if (!(error instanceof FlagError)) throw error;
      const { errorCode, message: errorDetails } = error;
      response.status(errorCode === 'FLAG_NOT_FOUND' ? 404 : 400).json({ key, errorCode, errorDetails });
    }
  };

  router.post('/ofrep/v1/evaluate/flags/:key', (request, response) => {
    const { key } = request.params;
    return answer(request, response, key, (memberId) => {
      response.json(evaluateFlag(experiments, key, memberId));
    });
  });
  router.post('/ofrep/v1/evaluate/flags', (request, response) =>
    answer(request, response, undefined, (memberId) => {
      const json = JSON.stringify({ flags: evaluateFlags(experiments, memberId) });
      const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
      response.set({ etag, 'cache-control': 'private, no-cache' });
      if (request.headers['if-none-match'] === etag) response.status(304).end();
      else response.type('application/json').send(json);
    }),
  );
  return router;
}

async function bodyOf(request: Request, limit: number): Promise<unknown> {
  requireMediaType(request, 'application/json');
  try {
    return parseJson(await readBody(request, limit));
  } catch (error) {
    if (error instanceof AppError && error.code === 'request/bad-json')
      throw new FlagError('PARSE_ERROR', error.message);
    throw error;
  }
}
