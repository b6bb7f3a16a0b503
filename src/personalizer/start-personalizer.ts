import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import type { Timers } from '../../core/timers.js';
import type { KeyValueStore } from '../../features/key-value/key-value.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import type { Config } from '../config-schema.js';
import { Evaluations } from './evaluations.js';
import { PersonalizerFold } from './fold.js';
import { configurationRoutes } from './http/configuration-routes.js';
import { evaluationRoutes } from './http/evaluation-routes.js';
import { eventRoutes } from './http/event-routes.js';
import { modelRoutes } from './http/model-routes.js';
import type { Route } from './http/routes.js';
import { PersonalizerLoop } from './loop.js';
import { PersonalizerService } from './service.js';

export interface PersonalizerDeps {
  readonly config: Config;
  readonly log: EventLog;
  /** this process's own: it keeps the checkpoint */
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly drawSecret: string;
  /** signs exported models */
  readonly modelKey: string;
  readonly newEventId?: () => string;
  readonly onFault: (error: unknown) => void;
  readonly onEvaluationFault: (error: unknown) => void;
}

/** The Azure Personalizer compatible API: its routes, and the loop that learns behind them. */
export interface Personalizer {
  readonly routes: readonly Route[];
  readonly loop: PersonalizerLoop;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Resolves when it knows all that was in the log. @throws AppError `checkpoint/corrupt` | `event/unreadable` */
export async function startPersonalizer(deps: PersonalizerDeps): Promise<Personalizer> {
  const { config, log, store, clock, timers, onFault } = deps;
  const settings = config.personalizer;
  const { rewardRange: range, lambda, gamma, growth } = settings;
  const { defaultReward, rewardAggregation, explorationPercentage, learningMode } = settings;
  const fold = new PersonalizerFold({
    service: {
      rewardWaitMs: settings.rewardWaitSeconds * 1000,
      ...{ defaultReward, rewardAggregation, explorationPercentage, learningMode },
    },
    policy: { name: 'default', model: { lambda, gamma, growth } },
    ...{ range, halfLifeMs: config.learn.halfLifeDays * DAY_MS },
  });
  const { checkpointIntervalMs } = settings;
  const loop = await PersonalizerLoop.start({
    log,
    store,
    clock,
    timers,
    fold,
    checkpointIntervalMs,
    onFault,
  });
  const service = new PersonalizerService({
    ...{ loop, clock, range, drawSecret: deps.drawSecret, maxOpenEvents: settings.maxOpenEvents },
    newEventId: deps.newEventId ?? randomUUID,
  });
  const evaluations = new Evaluations({
    ...{ loop, service, store, clock, maxEvents: settings.maxEvaluatedEvents },
    newId: deps.newEventId ?? randomUUID,
    onFault: deps.onEvaluationFault,
  });
  await evaluations.failPending();
  const routes = [
    ...eventRoutes(service, settings),
    ...configurationRoutes({ service, fold, retentionDays: config.eventLog.retentionDays }),
    ...evaluationRoutes(evaluations, fold),
    ...modelRoutes({ service, loop, modelKey: deps.modelKey }),
  ];
  return { routes, loop, close: () => loop.close() };
}
