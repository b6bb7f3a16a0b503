import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.js';
import { isLoopback } from '../config-checks.js';

/** @throws AppError `request/unauthenticated` */
export type Authenticate = (request: IncomingMessage) => void;

/**
 * With keys: one of them, as `Authorization: Bearer KEY` or as the password of Basic (what a browser asks for). Without keys the service listens on
 * loopback only, and takes only requests addressed to loopback by name, so that no web page can reach it through a name of its own (DNS rebinding).
 *
 * @param keyHeader another header that may hold the key, in lower case
 */
export function authenticator(apiKeys: readonly string[], keyHeader?: string): Authenticate {
  const digests = apiKeys.map(sha256);
  if (digests.length === 0) {
    return (request) => {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
      if (!isLoopback(host))
        throw new AppError(
          'request/unauthenticated',
          'without API keys only requests addressed to localhost are answered',
        );
    };
  }
  return (request) => {
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
