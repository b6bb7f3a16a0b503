/**
 * The one error table: code → whose fault, HTTP status, whether the same call may succeed if tried again.
 * Types, HTTP bodies and docs/api.md derive from it. A message shows the bad value and what was expected.
 */
export const ERRORS = {
  'config/unknown-key': { fault: 'operator', status: 500, retry: false },
  'config/bad-value': { fault: 'operator', status: 500, retry: false },
  'config/unreadable': { fault: 'operator', status: 500, retry: false },
  'config/unsafe-bind': { fault: 'operator', status: 500, retry: false },
  'config/cannot-listen': { fault: 'operator', status: 500, retry: true },

  'request/bad-json': { fault: 'client', status: 400, retry: false },
  'request/invalid': { fault: 'client', status: 400, retry: false },
  'request/too-large': { fault: 'client', status: 413, retry: false },
  'request/unsupported-media-type': { fault: 'client', status: 415, retry: false },
  'request/not-found': { fault: 'client', status: 404, retry: false },
  'request/method-not-allowed': { fault: 'client', status: 405, retry: false },
  'request/unauthenticated': { fault: 'client', status: 401, retry: false },
  'request/forbidden': { fault: 'client', status: 403, retry: false },
  'request/rate-limited': { fault: 'client', status: 429, retry: true },
  'request/overloaded': { fault: 'server', status: 503, retry: true },

  'token/malformed': { fault: 'client', status: 400, retry: false },
  'token/bad-signature': { fault: 'client', status: 400, retry: false },
  'token/expired': { fault: 'client', status: 400, retry: false },
  'member-token/invalid': { fault: 'client', status: 401, retry: false },
  'member-token/expired': { fault: 'client', status: 401, retry: false },
  'member-token/other-member': { fault: 'client', status: 403, retry: false },

  'event/bad-slot': { fault: 'client', status: 400, retry: false },
  'event/unreadable': { fault: 'server', status: 500, retry: false },
  'event/clock-skew': { fault: 'client', status: 400, retry: false },
  'event/orphan': { fault: 'client', status: 400, retry: false },
  'event/expired': { fault: 'client', status: 400, retry: false },
  'event/too-large': { fault: 'client', status: 413, retry: false },
  'event/too-many-open': { fault: 'server', status: 503, retry: true },
  'event/too-many-plays': { fault: 'client', status: 400, retry: false },
  'event/too-many-reports': { fault: 'client', status: 429, retry: false },
  'event/too-many-held': { fault: 'server', status: 503, retry: true },

  'reward/bad-expression': { fault: 'operator', status: 500, retry: false },

  'catalogue/unknown-theme': { fault: 'client', status: 400, retry: false },
  'catalogue/unknown-title': { fault: 'client', status: 404, retry: false },
  'catalogue/duplicate-id': { fault: 'client', status: 400, retry: false },
  'catalogue/too-many-artworks': { fault: 'client', status: 400, retry: false },

  'bandit/empty-slate': { fault: 'server', status: 500, retry: false },
  'bandit/bad-score': { fault: 'server', status: 500, retry: false },
  'bandit/bad-gamma': { fault: 'operator', status: 500, retry: false },
  'bandit/bad-setting': { fault: 'operator', status: 500, retry: false },
  'bandit/bad-shape': { fault: 'server', status: 500, retry: false },
  'bandit/bad-reward': { fault: 'client', status: 400, retry: false },
  'bandit/unknown-arm': { fault: 'client', status: 400, retry: false },
  'bandit/wrong-representation': { fault: 'server', status: 500, retry: false },
  'bandit/not-positive-definite': { fault: 'server', status: 500, retry: false },

  'evaluation/bad-propensity': { fault: 'client', status: 400, retry: false },
  'evaluation/bad-outcome': { fault: 'client', status: 400, retry: false },
  'evaluation/too-many': { fault: 'client', status: 400, retry: false },
  'evaluation/not-uniform': { fault: 'client', status: 400, retry: false },
  'evaluation/empty': { fault: 'client', status: 400, retry: false },

  'statistics/bad-sample': { fault: 'server', status: 500, retry: false },
  'statistics/bad-setting': { fault: 'client', status: 400, retry: false },

  'log/record-too-large': { fault: 'client', status: 413, retry: false },
  'log/corrupt': { fault: 'server', status: 500, retry: false },
  'log/closed': { fault: 'server', status: 503, retry: true },
  'log/failed': { fault: 'server', status: 503, retry: true },
  'log/offset-out-of-range': { fault: 'server', status: 500, retry: false },
  'log/unknown-topic': { fault: 'server', status: 500, retry: false },
  'store/owned': { fault: 'operator', status: 500, retry: true },
  'store/bad-key': { fault: 'server', status: 500, retry: false },
  'store/conflict': { fault: 'server', status: 409, retry: true },
  'store/corrupt': { fault: 'server', status: 500, retry: false },
  'store/unavailable': { fault: 'server', status: 503, retry: true },
  'store/closed': { fault: 'server', status: 503, retry: true },
  'snapshot/corrupt': { fault: 'server', status: 500, retry: false },
  'snapshot/wrong-schema': { fault: 'server', status: 500, retry: false },
  'checkpoint/corrupt': { fault: 'server', status: 500, retry: false },
  'analytics/unavailable': { fault: 'server', status: 503, retry: true },
  'analytics/query-failed': { fault: 'server', status: 500, retry: false },
  'replay/bad-mapping': { fault: 'client', status: 400, retry: false },
  'replay/bad-option': { fault: 'client', status: 400, retry: false },
  'replay/no-log': { fault: 'client', status: 404, retry: false },
  'replay/unreadable': { fault: 'client', status: 400, retry: false },

  'vectors/bad-shape': { fault: 'client', status: 400, retry: false },
  'vectors/not-finite': { fault: 'client', status: 400, retry: false },
  'vectors/unknown-id': { fault: 'client', status: 404, retry: false },
  'vectors/duplicate-id': { fault: 'client', status: 400, retry: false },
  'graph/empty': { fault: 'client', status: 400, retry: false },
  'graph/bad-triple': { fault: 'client', status: 400, retry: false },
  'graph/unknown-name': { fault: 'client', status: 404, retry: false },
  'graph/bad-setting': { fault: 'operator', status: 500, retry: false },
  'graph/diverged': { fault: 'operator', status: 500, retry: false },
  'artifact/corrupt': { fault: 'server', status: 500, retry: false },
  'artifact/unsupported': { fault: 'operator', status: 500, retry: false },
  'artifact/unknown': { fault: 'client', status: 404, retry: false },
  'artifact/mismatch': { fault: 'operator', status: 409, retry: false },
  'artifact/worse': { fault: 'operator', status: 409, retry: false },
  'train/bad-option': { fault: 'client', status: 400, retry: false },
  'train/unreadable': { fault: 'client', status: 400, retry: false },

  internal: { fault: 'server', status: 500, retry: true },
} as const satisfies Record<
  string,
  { fault: 'client' | 'operator' | 'server'; status: number; retry: boolean }
>;

export type ErrorCode = keyof typeof ERRORS;

/** An expected fault with a stable code. `detail` is safe to send to the caller: never a secret, never a member id. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, detail?: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Shortens a bad value for a message: at most 80 characters, never a whole body. */
export function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}n` : (json(value) ?? String(value));
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than the stack, or in a circle: the sender's fault must not become ours.
    return Array.isArray(value) ? 'a list that cannot be shown' : 'an object that cannot be shown';
  }
}
