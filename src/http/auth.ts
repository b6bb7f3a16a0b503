import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.js';
import { isLoopback } from '../config-checks.js';
import type { KeyRing } from '../identity/key-ring.js';
import type { Scope } from '../identity/scopes.js';

export interface Authenticate {
  /** @throws AppError `request/unauthenticated` | `request/forbidden` | `request/rate-limited` */
  (request: IncomingMessage, scope: Scope): void;
  /** false: there are no keys, and the service answers requests to loopback only */
  readonly wantsKey: boolean;
}

/** What clients that cannot set Authorization send a key in, in lower case. */
const API_KEY_HEADER = 'x-api-key';

/**
 * With keys: one of them, as `X-API-Key: KEY`, as `Authorization: Bearer KEY` or as the password of Basic (what a browser asks for). Without keys the
 * service listens on loopback only, and takes only requests addressed to loopback by name, so that no web page can reach it through a name of its own
 * (DNS rebinding).
 *
 * @param keys undefined: there are none
 * @param keyHeader another header that may hold the key, in lower case
 */
export function authenticator(keys: KeyRing | undefined, keyHeader?: string): Authenticate {
  if (keys === undefined) return Object.assign(onLoopback, { wantsKey: false });
  const expected = keyHeader ?? 'Authorization: Bearer KEY';
  const withKey = (request: IncomingMessage, scope: Scope): void => {
    const { headers } = request;
    const own = keyHeader === undefined ? undefined : headers[keyHeader];
    const header = own ?? headers[API_KEY_HEADER];
    keys.admit(
      typeof header === 'string' ? header : credential(headers.authorization ?? ''),
      scope,
      expected,
    );
  };
  return Object.assign(withKey, { wantsKey: true });
}

function onLoopback(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (!isLoopback(host))
    throw new AppError(
      'request/unauthenticated',
      'without API keys only requests addressed to localhost are answered',
    );
}

/** What follows "Bearer" in the header Authorization. */
export function bearerOf(request: IncomingMessage): string | undefined {
  const [scheme = '', value] = (request.headers.authorization ?? '').split(' ', 2);
  return scheme.toLowerCase() === 'bearer' ? value : undefined;
}

function credential(header: string): string {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
