import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.js';
import { isLoopback } from '../config-checks.js';

export interface Authenticate {
  /** @throws AppError `request/unauthenticated` */
  (request: IncomingMessage): void;
  /** false: there are no keys, and the service answers requests to loopback only */
  readonly wantsKey: boolean;
}

/**
 * With keys: one of them, as `Authorization: Bearer KEY` or as the password of Basic (what a browser asks for). Without keys the service listens on
 * loopback only, and takes only requests addressed to loopback by name, so that no web page can reach it through a name of its own (DNS rebinding).
 *
 * @param keyHeader another header that may hold the key, in lower case
 */
export function authenticator(apiKeys: readonly string[], keyHeader?: string): Authenticate {
  const digests = apiKeys.map(sha256);
  if (digests.length === 0) {
    const onLoopback = (request: IncomingMessage): void => {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
      if (!isLoopback(host))
        throw new AppError(
          'request/unauthenticated',
          'without API keys only requests addressed to localhost are answered',
        );
    };
    return Object.assign(onLoopback, { wantsKey: false });
  }
  const withKey = (request: IncomingMessage): void => {
    const header = keyHeader === undefined ? undefined : request.headers[keyHeader];
    const presented = typeof header === 'string' ? header : credential(request.headers.authorization ?? '');
    const digest = sha256(presented);
    // Every key is compared, each in constant time: timing tells neither which key nor how much of it was right.
    let matches = false;
    for (const known of digests) matches = timingSafeEqual(known, digest) || matches;
    if (!matches)
      throw new AppError(
        'request/unauthenticated',
        `the request lacks a valid API key; expected ${keyHeader ?? 'Authorization: Bearer KEY'}`,
      );
  };
  return Object.assign(withKey, { wantsKey: true });
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

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
