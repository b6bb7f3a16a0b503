import type { Server } from 'node:http';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.js';
import { dashboardsRouter } from '../dashboards/router.js';
import { renderArtwork } from '../demo/artwork/render.js';
import type { Catalogue } from '../features/catalogue.js';
import type { MemberStore } from '../features/member-store.js';
import type { Analytics } from '../feedback/analytics/analytics.js';
import type { Sink } from '../feedback/sink/sink.js';
import type { Learner } from '../feedback/update/learner-options.js';
import type { Config } from './config.js';
import { assign, RANDOM_SLICE } from './experiments/assignment.js';
import { authenticator } from './http/auth.js';
import { configuredKeys } from './identity/configured-keys.js';
import { keyRing, type KeyRing } from './identity/key-ring.js';
import { routeScopes } from './identity/scopes.js';
import type { Metrics } from './metrics.js';
import { API_OPERATIONS, apiDescription } from './openapi/api-description.js';
import type { OpenApiDocument } from './openapi/document.js';
import { KEY_HEADER, personalizerApi } from './personalizer/http/personalizer-api.js';
import type { Personalizer } from './personalizer/start-personalizer.js';
import type { Models } from './pipeline/models.js';
import { artworkRouter } from './routes/artwork.js';
import { catalogueRouter } from './routes/catalogue.js';
import { hotRoutes } from './routes/hot.js';
import { memberTokenRouter } from './routes/member-tokens.js';
import { ofrepRouter } from './routes/ofrep.js';
import { explainOrThrow, healthRouter, operationsRouter, type ModelTotals } from './routes/operations.js';
import { buildServer, type MountedApi } from './server.js';
import type { ServingSide } from './serving-side.js';

/** Members offered in the homepage's picker, out of as many. */
const PICKER_POOL = 400;

export interface HttpSurface {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  readonly models: Models;
  readonly serving: ServingSide;
  readonly learner: Learner | undefined;
  readonly sink: Sink | undefined;
  readonly analytics: Analytics | undefined;
  /** what this process has begun without */
  readonly waitingFor: () => readonly string[];
  readonly personalizer: Personalizer | undefined;
}

/** Which routes this process answers, by its roles. Health and metrics always. */
export function buildHttp(parts: HttpSurface): Server {
  const { config, metrics, catalogue, members, serving } = parts;
  const serves = config.roles.includes('serve');
  const { bodyLimitBytes } = config.server;
  const keys = ringOf(parts);
  const authenticate = authenticator(keys);
  const ended = new Set<string>();
  for (const [role, part] of [
    ['learn', parts.learner],
    ['sink', parts.sink],
    ['personalizer', parts.personalizer?.loop],
  ] as const) {
    const end = (): unknown => ended.add(role);
    part?.stopped.then(end, end);
  }
  const notReady = (): string[] => [...ended];
  const models = (): ModelTotals[] => modelTotals(parts);
  const api = apiDescription();
  const routers: Router[] = [
    operationsRouter({
      ...{ metrics, explain: serving.explain, models },
      examination: () => parts.models.examinationCurves,
      description: api,
    }),
  ];
  if (serves)
    routers.push(
      catalogueRouter({ catalogue, members, bodyLimitBytes }),
      memberTokenRouter(serving.memberTokens, bodyLimitBytes),
      artworkRouter(catalogue, renderArtwork),
      ofrepRouter({ experiments: [config.experiment], bodyLimitBytes }),
    );
  if (parts.analytics && config.roles.includes('dashboards'))
    routers.push(pages(parts, parts.analytics, api));
  return buildServer({
    config: config.server,
    authenticate,
    scopeOf: routeScopes(API_OPERATIONS),
    logger: parts.logger,
    metrics,
    hotRoutes: serves ? hotRoutes({ ...serving, bodyLimitBytes, authenticate }) : [],
    mounted: parts.personalizer && mounted(parts, parts.personalizer, keys),
    routers,
    // Pages do not need the tables: who serves too is ready without them.
    openRouter: healthRouter(notReady, parts.waitingFor, serves),
  });
}

/** The largest model there is, and some room. */
const MAX_MODEL_BYTES = 1 << 20;

/** @returns undefined: there are no keys */
function ringOf({ config, clock, metrics }: HttpSurface): KeyRing | undefined {
  const known = configuredKeys(config.auth);
  if (known.length === 0) return undefined;
  return keyRing(known, {
    ...{ clock, limits: config.limits },
    onRefused: (key, reason) => metrics.authRefusals.inc({ key, reason }),
    onExpiring: (key) => metrics.expiringKeyUses.inc({ key }),
  });
}

function mounted(
  { config, logger }: HttpSurface,
  { routes }: Personalizer,
  keys: KeyRing | undefined,
): MountedApi {
  const handle = personalizerApi({
    ...{ routes, authenticate: authenticator(keys, KEY_HEADER) },
    ...{ maxBodyBytes: config.personalizer.maxBodyBytes, maxModelBytes: MAX_MODEL_BYTES },
    onFault: (error) => logger.error({ err: error }, 'a Personalizer request failed'),
  });
  return { prefix: '/personalizer/', handle };
}

function modelTotals({ models, learner }: HttpSurface): ModelTotals[] {
  return [...models.all()].map(({ key, policy, version }) => {
    const learned = learner && policy.name !== 'uniform' ? learner.totals(key) : undefined;
    return {
      model: key,
      policy: policy.name,
      version,
      trials: learned?.trials ?? 0,
      reward: learned?.rewardSum ?? 0,
    };
  });
}

function pages(parts: HttpSurface, analytics: Analytics, api: OpenApiDocument): Router {
  const { config, clock, catalogue, members, serving } = parts;
  const { experiment } = config;
  return dashboardsRouter({
    analytics,
    clock,
    api,
    home: {
      experiment: experiment.id,
      variants: experiment.variants.map(({ id, policy, weight }) => ({ variant: id, policy, weight })),
      async listMembers() {
        const listed = await members.list(PICKER_POOL);
        return listed.map((member) => {
          const { variant } = assign(experiment, member.memberId);
          return variant === RANDOM_SLICE ? member : { ...member, variant };
        });
      },
    },
    explain: (requestId, slot) =>
      Promise.resolve().then(() => explainOrThrow(serving.explain, requestId, slot)),
    title: (titleId) => Promise.resolve(catalogue.title(titleId)?.title),
  });
}
