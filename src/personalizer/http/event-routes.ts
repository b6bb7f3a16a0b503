import {
  checkEventId,
  readMultiSlotRank,
  readMultiSlotReward,
  readRank,
  readReward,
  type RequestLimits,
} from '../requests.js';
import type { PersonalizerService } from '../service.js';
import type { Answer, Route } from './routes.js';

const DONE: Answer = { status: 204 };
const PREVIEW = ['v1.1-preview.3'] as const;

/** Rank, Reward, Activate, of one slot and of several. */
export function eventRoutes(service: PersonalizerService, limits: RequestLimits): Route[] {
  return [
    {
      ...{ method: 'POST', path: '/rank', invalid: 'InvalidRankRequest' },
      handle: async (call) => ({
        status: 201,
        json: await service.rank(readRank(await call.json(), limits)),
      }),
    },
    {
      ...{ method: 'POST', path: '/events/{id}/reward', invalid: 'InvalidRewardRequest' },
      async handle(call) {
        await service.reward(checkEventId(call.id), readReward(await call.json()));
        return DONE;
      },
    },
    {
      ...{ method: 'POST', path: '/events/{id}/activate', invalid: 'InvalidEventIdToActivate' },
      async handle(call) {
        await service.activate(checkEventId(call.id));
        return DONE;
      },
    },
    {
      ...{ method: 'POST', path: '/multislot/rank', versions: PREVIEW, invalid: 'InvalidRankRequest' },
      handle: async (call) => ({
        status: 201,
        json: await service.multiSlotRank(readMultiSlotRank(await call.json(), limits)),
      }),
    },
    {
      ...{ method: 'POST', path: '/multislot/events/{id}/reward', versions: PREVIEW },
      invalid: 'InvalidRewardRequest',
      async handle(call) {
        await service.reward(checkEventId(call.id), readMultiSlotReward(await call.json()));
        return DONE;
      },
    },
    {
      ...{ method: 'POST', path: '/multislot/events/{id}/activate', versions: PREVIEW },
      invalid: 'InvalidEventIdToActivate',
      async handle(call) {
        await service.activate(checkEventId(call.id));
        return DONE;
      },
    },
  ];
}
