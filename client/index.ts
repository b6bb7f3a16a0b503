import type {
  CatalogueRow,
  ErrorBody,
  EventReport,
  EventsResponse,
  Explanation,
  HomeRequest,
  HomeResponse,
  Member,
  PutResponse,
  Title,
} from './types.js';

export * from './types.js';

export interface MarqueeClientOptions {
  /** for example "http://127.0.0.1:8080"; a path in it is kept */
  readonly baseUrl: string;
  /** sent as a bearer token; needed unless the service serves loopback only */
  readonly apiKey?: string;
  /** a call that takes longer fails with `timeout`; default 10,000 */
  readonly timeoutMs?: number;
  /** default: the platform's */
  readonly fetch?: typeof fetch;
}

/** Why a call failed: the service's own code, or `network`, `timeout`, `bad-answer` when it did not get to say one. */
export class MarqueeError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** HTTP status; 0 when there was no answer */
    readonly status: number,
    /** whether the same call may succeed if tried again */
    readonly retry: boolean,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MarqueeError';
  }
}

/** Marquee over HTTP. No dependencies: browsers and Node ≥ 20. Every method rejects with {@link MarqueeError}, and nothing is tried again. */
export class HttpMarqueeClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;

  constructor(options: MarqueeClientOptions) {
    this.#base = options.baseUrl.replace(/\/+$/, '');
    this.#headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#fetch = options.fetch ?? fetch;
  }

  putTitles(titles: readonly Title[]): Promise<PutResponse> {
    return this.#sendLines('/v1/titles', titles);
  }

  /** The whole page, in order: it replaces the rows there were. */
  putRows(rows: readonly CatalogueRow[]): Promise<PutResponse> {
    return this.#send('PUT', '/v1/rows', 'application/json', JSON.stringify({ rows }));
  }

  putMembers(members: readonly Member[]): Promise<PutResponse> {
    return this.#sendLines('/v1/members', members);
  }

  home(request: HomeRequest): Promise<HomeResponse> {
    return this.#send('POST', '/v1/home', 'application/json', JSON.stringify(request));
  }

  /** 202 and 400 both say per event what was refused; only a refusal of the whole request rejects. */
  events(events: readonly EventReport[]): Promise<EventsResponse> {
    return this.#send('POST', '/v1/events', 'application/json', JSON.stringify({ events }));
  }

  explanation(requestId: string, slot: number): Promise<Explanation> {
    return this.#send('GET', `/v1/decisions/${encodeURIComponent(requestId)}/slots/${slot}`);
  }

  /** Newline-delimited JSON: the format for bulk. */
  #sendLines<T>(path: string, entries: readonly unknown[]): Promise<T> {
    return this.#send(
      'PUT',
      path,
      'application/x-ndjson',
      entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    );
  }

  async #send<T>(method: string, path: string, contentType?: string, body?: string): Promise<T> {
    const headers = {
      ...this.#headers,
      accept: 'application/json',
      ...(contentType !== undefined && { 'content-type': contentType }),
    };
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      response = await this.#fetch.call(globalThis, `${this.#base}${path}`, {
        method,
        headers,
        signal,
        ...(body !== undefined && { body }),
      });
      text = await response.text();
    } catch (fault) {
      throw unanswered(fault, method, path, this.#timeoutMs);
    }
    const answer = parsed(text);
    if ((response.ok && answer !== undefined) || hasRejections(answer)) return answer as T;
    throw refused(answer, response.status, method, path);
  }
}

function unanswered(fault: unknown, method: string, path: string, timeoutMs: number): MarqueeError {
  const timedOut = fault instanceof Error && fault.name === 'TimeoutError';
  const message = timedOut
    ? `no answer within ${timeoutMs} ms`
    : `no answer: ${fault instanceof Error ? fault.message : String(fault)}`;
  return new MarqueeError(timedOut ? 'timeout' : 'network', `${method} ${path}: ${message}`, 0, true, fault);
}

function refused(answer: unknown, status: number, method: string, path: string): MarqueeError {
  if (isErrorBody(answer))
    return new MarqueeError(answer.error.code, answer.error.message, status, answer.error.retry);
  return new MarqueeError(
    'bad-answer',
    `${method} ${path}: status ${status} without a Marquee error; is this a Marquee service?`,
    status,
    status >= 500,
  );
}

/** undefined when the text is no JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasRejections(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'rejected' in answer;
}

function isErrorBody(answer: unknown): answer is ErrorBody {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return false;
  const { error } = answer;
  return (
    typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'retry' in error
  );
}
