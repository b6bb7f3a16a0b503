import { Router } from 'express';
import { asId, type MemberId } from '../../core/ids.js';
import { readBody, requireMediaType } from '../http/bodies.js';
import { MemberTokenRequestSchema } from '../http/schemas.js';
import { parseJson, validator } from '../http/validation.js';
import type { MemberTokens } from '../member-tokens.js';

/** POST /v1/member-tokens: whoever holds a key gives a browser what it may ask for one member's pages with. */
export function memberTokenRouter(tokens: MemberTokens, bodyLimitBytes: number): Router {
  const router = Router();
  const check = validator(MemberTokenRequestSchema);
  router.post('/v1/member-tokens', async (request, response) => {
    requireMediaType(request, 'application/json');
    const checked = check(parseJson(await readBody(request, bodyLimitBytes)));
    if (checked.kind === 'invalid') throw checked.error;
    response
      .status(201)
      .set('cache-control', 'no-store')
      .json(tokens.issue(asId<MemberId>(checked.value.memberId)));
  });
  return router;
}
