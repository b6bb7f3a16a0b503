import type { HomeResponse } from '../client/types.js';
import type { MarqueeClient } from '../demo/client.js';
import type { Marquee } from './compose.js';

/** The service without sockets: the same validation, decisions, log and answers. */
export function inProcessClient({ catalogue, members, home, intake }: Marquee): MarqueeClient {
  return {
    putTitles: (titles) => catalogue.putTitles(titles),
    putRows: (rows) => catalogue.putRows(rows),
    putMembers: (some) => members.putMembers(some),
    home: async (request) => JSON.parse((await home.home(request)).toString()) as HomeResponse,
    events: (events) => intake.accept(events),
  };
}
