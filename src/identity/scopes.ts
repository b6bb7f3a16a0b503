/** What a key may do: ask for pages, report events, load the catalogue and change settings, look at what there is. */
export const SCOPES = ['serve', 'ingest', 'admin', 'read'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a request needs; `open`: no key at all. */
export type RouteScope = Scope | 'open';

export interface ScopedRoute {
  readonly method: string;
  /** with parameters in braces */
  readonly path: string;
  readonly scope: RouteScope;
}

/**
 * Which scope a request needs, by the description of the API: what is described is what is asked for. What the description does not name is closed:
 * reading needs `read` (pages, pictures), anything else `admin`. Paths match as express matches them: in any case, with or without a slash at the end.
 */
export function routeScopes(routes: readonly ScopedRoute[]): (method: string, path: string) => Scope {
  const parameters = ({ path }: ScopedRoute): number => path.split('{').length;
  const known = [...routes]
    // A path that is spelt out goes before one with a parameter in the same place.
    .sort((a, b) => parameters(a) - parameters(b))
    .map(({ method, path, scope }) => ({ method: method.toUpperCase(), pattern: patternOf(path), scope }));
  return (method, path) => {
    const isRead = READING.has(method);
    const asked = isRead ? 'GET' : method;
    const found = known.find((route) => route.method === asked && route.pattern.test(path));
    if (found !== undefined && found.scope !== 'open') return found.scope;
    return isRead ? 'read' : 'admin';
  };
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function patternOf(path: string): RegExp {
  const escaped = path
    .split(/\{\w+\}/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('[^/]+')}/?$`, 'i');
}
