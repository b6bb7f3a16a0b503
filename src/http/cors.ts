import type { IncomingMessage, ServerResponse } from 'node:http';

/** Between two preflights of a browser; the most that Chromium keeps. */
const MAX_AGE_S = 7200;

/**
 * Cross-origin requests (the Fetch standard's CORS protocol): pages of the listed origins may read answers, others may not. No cookie is ever used,
 * so nobody else's page can act as a member.
 */
export interface Cors {
  /** Says to a browser whether the page that asks may read the answer. */
  mark(request: IncomingMessage, response: ServerResponse): void;
  /** Answers the question a browser asks before it sends a header such as Authorization. */
  preflight(request: IncomingMessage, response: ServerResponse, method: string): void;
}

export function cors(origins: readonly string[]): Cors {
  const allowed = new Set(origins);
  const mark = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (allowed.size === 0) return false;
    response.setHeader('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return false;
    response.setHeader('access-control-allow-origin', origin);
    return true;
  };
  return {
    mark(request, response) {
      mark(request, response);
    },
    preflight(request, response, method) {
      if (mark(request, response)) {
        response.setHeader('access-control-allow-methods', method);
        response.setHeader('access-control-allow-headers', 'authorization, content-type');
        response.setHeader('access-control-max-age', MAX_AGE_S);
      }
      response.writeHead(204).end();
    },
  };
}
