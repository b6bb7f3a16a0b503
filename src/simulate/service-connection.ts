import { Pool } from 'undici';
import { REQUEST_TIMEOUT_MS } from './simulate-options.js';

export type Answer<T> =
  | { readonly kind: 'answered'; readonly body: T }
  | { readonly kind: 'failed'; readonly message: string; readonly mayRetry: boolean };

/** Requests to the service, without the cost that fetch has: a generator of load must be faster than what it loads. */
export class ServiceConnection {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(baseUrl: string, apiKey: string | undefined, connections: number) {
    const limits = { headersTimeout: REQUEST_TIMEOUT_MS, bodyTimeout: REQUEST_TIMEOUT_MS };
    this.#pool = new Pool(new URL(baseUrl).origin, { connections, pipelining: 1, ...limits });
    this.#headers = {
      'content-type': 'application/json',
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    };
  }

  post<T>(path: string, body: string): Promise<Answer<T>> {
    return this.#request<T>('POST', path, body);
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.#request<T>('GET', path);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Never rejects. An answer with `rejected` says by itself what was not taken, whatever its status. */
  async #request<T>(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer<T>> {
    try {
      const { statusCode, body: stream } = await this.#pool.request({
        ...{ method, path, headers: this.#headers },
        ...(body !== undefined && { body }),
      });
      const text = await stream.text();
      if (statusCode < 300) return { kind: 'answered', body: JSON.parse(text) as T };
      if (statusCode === 400 && text.includes('"rejected"'))
        return { kind: 'answered', body: JSON.parse(text) as T };
      const message = `${method} ${path}: ${statusCode} ${text.slice(0, 200)}`;
      return { kind: 'failed', message, mayRetry: statusCode >= 500 };
    } catch (error) {
      const message = `${method} ${path}: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: 'failed', message, mayRetry: true };
    }
  }
}
