import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { AppError, shown } from '../core/errors.js';
import type { Config } from './config.js';
import type { Authenticate } from './http/auth.js';
import { sendError, sendJson } from './http/bodies.js';
import { cors } from './http/cors.js';
import type { Scope } from './identity/scopes.js';
import type { Metrics } from './metrics.js';

/** A route whose answer is JSON, as text or UTF-8, served without express: no middleware, no prototypes swapped. It authenticates its caller itself. */
export interface HotRoute {
  readonly method: string;
  readonly path: string;
  readonly handle: (
    request: IncomingMessage,
  ) => Promise<{ readonly status: number; readonly json: string | Buffer }>;
}

/** Another API below a path of its own, answered without express: with its own errors, and its own header for keys. */
export interface MountedApi {
  readonly prefix: string;
  /** @returns the status answered */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<number>;
}

export interface ServerDeps {
  readonly config: Config['server'];
  readonly authenticate: Authenticate;
  /** what a request must be allowed to do, by method and path; of the routes that authenticate themselves they know it */
  readonly scopeOf: (method: string, path: string) => Scope;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly hotRoutes: readonly HotRoute[];
  readonly mounted?: MountedApi | undefined;
  /** everything else, in order */
  readonly routers: readonly Router[];
  /** answered without a key: health alone */
  readonly openRouter: Router;
}

/** Builds the HTTP server; never listens by itself. */
export function buildServer(deps: ServerDeps): Server {
  const { config, metrics, mounted } = deps;
  const crossOrigin = cors(config.corsOrigins);
  const onFault = (error: unknown) => deps.logger.error({ err: error }, 'request failed');
  const hot = new Map(deps.hotRoutes.map((route) => [`${route.method} ${route.path}`, route]));
  const preflighted = new Map(deps.hotRoutes.map((route) => [route.path, route]));
  const app = expressApp(deps, onFault);

  /** While it stops, whoever keeps a connection alive is told to end it: otherwise a busy client would be cut off when the time is up. */
  const letGo = (response: ServerResponse): void => {
    if (!server.listening) response.setHeader('connection', 'close');
  };

  const serveHot = async (
    route: HotRoute,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const stop = metrics.requestSeconds.startTimer({ route: route.path });
    let status: number;
    try {
      crossOrigin.mark(request, response);
      const answer = await route.handle(request);
      status = answer.status;
      letGo(response);
      sendJson(response, status, answer.json);
    } catch (error) {
      status = sendError(response, error, onFault);
    }
    stop({ status });
  };

  const serveMounted = async (
    { prefix, handle }: MountedApi,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const stop = metrics.requestSeconds.startTimer({ route: prefix });
    try {
      stop({ status: await handle(request, response) });
    } catch (error) {
      stop({ status: sendError(response, error, onFault) });
    }
  };

  const server = createServer({ requestTimeout: config.requestTimeoutMs }, (request, response) => {
    letGo(response);
    const route = hot.get(`${request.method ?? ''} ${pathOf(request.url ?? '')}`);
    const asked = request.method === 'OPTIONS' ? preflighted.get(pathOf(request.url ?? '')) : undefined;
    if (route) void serveHot(route, request, response);
    else if (asked) crossOrigin.preflight(request, response, asked.method);
    else if (mounted && request.url?.startsWith(mounted.prefix) === true)
      void serveMounted(mounted, request, response);
    else app(request, response);
  });
  server.maxConnections = config.maxConnections;
  // A connection that cannot be accepted (no file descriptor is free) must not end the process.
  server.on('error', (error) => deps.logger.error({ err: error }, 'the server could not take a connection'));
  return server;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function expressApp(deps: ServerDeps, onFault: (error: unknown) => void): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: { imgSrc: ["'self'", 'https:', 'data:'], upgradeInsecureRequests: null },
      },
      strictTransportSecurity: false,
    }),
  );
  app.use(deps.openRouter);
  app.use((request, _response, next) => {
    deps.authenticate(request, deps.scopeOf(request.method, request.path));
    next();
  });
  for (const router of deps.routers) app.use(router);
  app.use((request) => {
    const known = deps.hotRoutes.find((route) => route.path === request.path);
    if (known)
      throw new AppError(
        'request/method-not-allowed',
        `${request.path} answers ${known.method}; the request was ${request.method}`,
      );
    throw new AppError('request/not-found', `there is nothing at ${shown(request.path)}`);
  });
  const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    sendError(response, asAppError(error), onFault);
  };
  app.use(onError);
  return app;
}

/** express refuses some requests itself (a path that does not decode): its status is kept. */
function asAppError(error: unknown): unknown {
  const status = (error as { status?: unknown } | null)?.status;
  if (error instanceof AppError || typeof status !== 'number' || status >= 500) return error;
  return new AppError('request/invalid', (error as Error).message.slice(0, 200));
}
