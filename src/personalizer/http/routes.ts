import type { IncomingMessage } from 'node:http';
import { PersonalizerError, type PersonalizerErrorCode } from '../personalizer-errors.js';

export const API_VERSIONS = ['v1.0', 'v1.1-preview.3'] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** One request as a route sees it. */
export interface Call {
  readonly request: IncomingMessage;
  /** what stood for `{…}` in the route's path, decoded; '' where it has none */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The body as JSON. @throws AppError */
  json(): Promise<unknown>;
  /** The body as it is. @throws AppError */
  bytes(): Promise<Buffer>;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** below the version, with at most one `{id}` */
  readonly path: string;
  /** undefined: all */
  readonly versions?: readonly ApiVersion[];
  /** what a request that is not valid is called here */
  readonly invalid: PersonalizerErrorCode;
  readonly handle: (call: Call) => Promise<Answer>;
}

export interface FoundRoute {
  readonly route: Route;
  readonly version: ApiVersion;
  readonly id: string;
}

const PREFIX = /^\/personalizer\/([^/]+)\/(.*)$/;

/** @throws PersonalizerError `ResourceNotFound` | `BadRequest` */
export function findRoute(routes: readonly Route[], method: string, pathname: string): FoundRoute {
  const [, versionName = '', rest = ''] = PREFIX.exec(pathname) ?? [];
  const version = API_VERSIONS.find((known) => known === versionName);
  if (version === undefined)
    throw new PersonalizerError(
      'ResourceNotFound',
      `there is nothing at ${pathname.slice(0, 100)}; expected /personalizer/ and one of ${API_VERSIONS.join(', ')}`,
    );
  const segments = rest.split('/');
  const there = routes.flatMap((route) => {
    const id = route.versions?.includes(version) === false ? undefined : matched(route.path, segments);
    return id === undefined ? [] : [{ route, version, id }];
  });
  const found = there.find(({ route }) => route.method === method);
  if (found !== undefined) return { ...found, id: decoded(found.id) };
  const methods = there.map(({ route }) => route.method);
  throw methods.length === 0
    ? new PersonalizerError('ResourceNotFound', `${version} has nothing at /${rest.slice(0, 100)}`)
    : new PersonalizerError(
        'BadRequest',
        `/${rest.slice(0, 100)} answers ${methods.join(', ')}, not ${method}`,
      );
}

/** @returns what stands for `{id}`, '' where the path has none; undefined: another path */
function matched(path: string, segments: readonly string[]): string | undefined {
  const parts = path.slice(1).split('/');
  if (parts.length !== segments.length) return undefined;
  let id = '';
  for (const [i, part] of parts.entries()) {
    if (part === '{id}') id = segments[i]!;
    else if (part !== segments[i]) return undefined;
  }
  return parts.includes('{id}') && id === '' ? undefined : id;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new PersonalizerError('BadRequest', 'the path is not percent-encoded UTF-8', cause);
  }
}
