import type { IncomingMessage } from 'node:http';
import type { HomeRequest } from '../../client/types.js';
import { AppError } from '../../core/errors.js';
import { bearerOf, type Authenticate } from '../http/auth.js';
import { mediaTypeOf, readBody, requireMediaType } from '../http/bodies.js';
import { HomeRequestSchema } from '../http/schemas.js';
import { parseJson, validator } from '../http/validation.js';
import { MEMBER_TOKEN_PREFIX, type MemberTokens } from '../member-tokens.js';
import type { HotRoute } from '../server.js';
import type { HomeService } from '../service/home.js';
import type { EventIntake } from '../service/intake.js';

export interface HotRoutes {
  readonly home: HomeService;
  readonly intake: EventIntake;
  readonly memberTokens: MemberTokens;
  readonly bodyLimitBytes: number;
  readonly authenticate: Authenticate;
}

/** POST /v1/home and POST /v1/events. */
export function hotRoutes(parts: HotRoutes): HotRoute[] {
  const { home, intake, memberTokens, bodyLimitBytes, authenticate } = parts;
  const checkHome = validator(HomeRequestSchema);
  const json = async (request: IncomingMessage, ...mediaTypes: readonly string[]): Promise<unknown> => {
    requireMediaType(request, ...mediaTypes);
    return parseJson(await readBody(request, bodyLimitBytes));
  };
  /** @returns the only member that the caller may ask for; undefined: any */
  const callerOf = (request: IncomingMessage): string | undefined => {
    const bearer = bearerOf(request);
    if (bearer?.startsWith(MEMBER_TOKEN_PREFIX) === true) return memberTokens.verify(bearer);
    authenticate(request, 'serve');
    return undefined;
  };
  return [
    {
      method: 'POST',
      path: '/v1/home',
      async handle(request) {
        const onlyMember = callerOf(request);
        const checked = checkHome(await json(request, 'application/json'));
        if (checked.kind === 'invalid') throw checked.error;
        if (onlyMember !== undefined && onlyMember !== checked.value.memberId)
          throw new AppError(
            'member-token/other-member',
            'the member token is another member’s than memberId',
          );
        return { status: 200, json: await home.home(checked.value satisfies HomeRequest) };
      },
    },
    {
      method: 'POST',
      path: '/v1/events',
      async handle(request) {
        // A browser's last words (sendBeacon) carry no header: each event's own token says who may send it.
        if (mediaTypeOf(request) !== BEACON || !authenticate.wantsKey) authenticate(request, 'ingest');
        const body = await json(request, 'application/json', BEACON);
        const result = await intake.accept((body as { events?: unknown } | null)?.events);
        return { status: result.accepted > 0 ? 202 : 400, json: JSON.stringify(result) };
      },
    },
  ];
}

export const BEACON = 'text/plain';
