import type {
  ErrorBody,
  EventReport,
  EventsResponse,
  HomeRequest,
  HomeResponse,
} from '../../client/types.js';

async function failure(response: Response): Promise<Error> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
  return new Error(body?.error?.message ?? `${response.status} ${response.statusText}`);
}

async function post<Answer>(path: string, body: unknown, keepalive = false): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    keepalive,
  });
  if (!response.ok) throw await failure(response);
  return (await response.json()) as Answer;
}

/** One decision. @throws Error with the service's message */
export function requestHome(request: HomeRequest): Promise<HomeResponse> {
  return post<HomeResponse>('/v1/home', request);
}

/** Resolves when every accepted event is durable. `leaving`: the page is going away, the request must outlive it. */
export function sendEvents(events: readonly EventReport[], leaving = false): Promise<EventsResponse> {
  return post<EventsResponse>('/v1/events', { events }, leaving);
}

/** A piece of HTML rendered by the server, which escaped it. */
export async function requestFragment(path: string): Promise<string> {
  const response = await fetch(path, { headers: { accept: 'text/html' } });
  if (!response.ok) throw await failure(response);
  return response.text();
}
