import type {
  CatalogueRow,
  EventReport,
  EventsResponse,
  HomeRequest,
  HomeResponse,
  Member,
  PutResponse,
  Title,
} from '../client/types.js';

/** What the demo needs of a running Marquee: over HTTP (client/index.ts) or in the same process. Each call takes what one request may carry. */
export interface MarqueeClient {
  putTitles(titles: readonly Title[]): Promise<PutResponse>;
  putRows(rows: readonly CatalogueRow[]): Promise<PutResponse>;
  putMembers(members: readonly Member[]): Promise<PutResponse>;
  home(request: HomeRequest): Promise<HomeResponse>;
  events(events: readonly EventReport[]): Promise<EventsResponse>;
}
