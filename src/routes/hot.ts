import type { HomeRequest } from '../../client/types.js';
import { parseJson, validator } from '../http/validation.js';
import { readBody, requireMediaType } from '../http/bodies.js';
import { HomeRequestSchema } from '../http/schemas.js';
import type { HotRoute } from '../server.js';
import type { HomeService } from '../service/home.js';
import type { EventIntake } from '../service/intake.js';

/** POST /v1/home and POST /v1/events. */
export function hotRoutes(home: HomeService, intake: EventIntake, bodyLimitBytes: number): HotRoute[] {
  const checkHome = validator(HomeRequestSchema);
  const json = async (request: Parameters<HotRoute['handle']>[0]): Promise<unknown> => {
    requireMediaType(request, 'application/json');
    return parseJson(await readBody(request, bodyLimitBytes));
  };
  return [
    {
      method: 'POST',
      path: '/v1/home',
      async handle(request) {
        const checked = checkHome(await json(request));
        if (checked.kind === 'invalid') throw checked.error;
        return { status: 200, json: await home.home(checked.value satisfies HomeRequest) };
      },
    },
    {
      method: 'POST',
      path: '/v1/events',
      async handle(request) {
        const body = await json(request);
        const result = await intake.accept((body as { events?: unknown } | null)?.events);
        return { status: result.accepted > 0 ? 202 : 400, json: JSON.stringify(result) };
      },
    },
  ];
}
