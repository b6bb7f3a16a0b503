import type { Logger } from 'pino';
import type { Explanation } from '../client/types.js';
import type { Clock } from '../core/clock.js';
import type { RequestId } from '../core/ids.js';
import type { Catalogue } from '../features/catalogue.js';
import type { ContextSchema } from '../features/context-vector.js';
import type { MemberStore } from '../features/member-store.js';
import type { EventLog } from '../feedback/event-log/event-log.js';
import { SLOT_FLAGS } from '../feedback/events/events.js';
import { LABEL_ROOM_BYTES } from '../feedback/join/join-outcome.js';
import type { Config } from './config.js';
import { ImpressionSchema, PlaySchema } from './http/schemas.js';
import { validator, type Checked } from './http/validation.js';
import { memberTokens, type MemberTokens } from './member-tokens.js';
import type { Metrics } from './metrics.js';
import { candidateSource } from './pipeline/candidates.js';
import { Decider } from './pipeline/decide.js';
import { Explanations } from './pipeline/explain.js';
import type { Models } from './pipeline/models.js';
import { TitleOrder } from './pipeline/order.js';
import { reportLimits } from './rate-limits/report-limits.js';
import type { Secrets } from './secrets.js';
import { homeService, type HomeService } from './service/home.js';
import { eventIntake, type EventIntake } from './service/intake.js';
import { tokens } from './tokens.js';
import type { EventReport } from '../client/types.js';

export interface ServingSideDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly schema: ContextSchema;
  readonly catalogue: Catalogue;
  readonly members: MemberStore;
  readonly models: Models;
  readonly log: EventLog;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly newRequestId: () => RequestId;
  readonly patience: (ms: number) => Promise<undefined>;
}

/** What answers members: pages, and the intake of what they did with them. */
export interface ServingSide {
  readonly home: HomeService;
  readonly intake: EventIntake;
  readonly memberTokens: MemberTokens;
  readonly explain: (requestId: string, slot: number) => Explanation | undefined;
}

export function servingSide(deps: ServingSideDeps): ServingSide {
  const { config, clock, schema, metrics, log } = deps;
  const signer = tokens({ key: deps.secrets.tokenKey, clock, ttlMs: config.events.tokenTtlMs });
  const explanations = new Explanations(schema, {
    pages: config.decision.explainedPages,
    arms: config.decision.explainedArms,
  });
  const onPolicyFault = policyFaults(deps);
  const decider = new Decider(
    schema,
    new TitleOrder(schema, config.decision.orderTemperature, onPolicyFault),
    (reason) => metrics.ineligible.inc({ reason }),
    onPolicyFault,
    {
      rows: { ...config.page.rows, maxRows: config.page.rows.most },
      ...(config.page.nearDuplicates.mask ? { nearDuplicates: config.page.nearDuplicates } : {}),
    },
  );
  const home = homeService({
    ...{ config, clock, schema, decider, explanations, log, tokens: signer },
    candidates: candidateSource(deps.catalogue, config.decision),
    members: deps.members,
    models: deps.models,
    drawSecret: deps.secrets.drawKey,
    newRequestId: deps.newRequestId,
    patience: deps.patience,
    onPage(page, { variant, policy }, unknownTitles) {
      metrics.decisions.inc({ variant, policy }, page.count);
      if (unknownTitles > 0) metrics.unknownTitles.inc(unknownTitles);
      for (const [rung, flag] of RUNGS) {
        const count = page.fallbacks(flag);
        if (count > 0) metrics.fallbacks.inc({ rung }, count);
      }
    },
    onMemberLookup: (inCache) => {
      (inCache ? metrics.memberCacheHits : metrics.memberCacheMisses).inc();
    },
    onMemberFault: (reason) => metrics.memberFaults.inc({ reason }),
  });
  const { maxBatch, maxClockSkewMs } = config.events;
  const maxEventBytes = config.eventLog.maxRecordBytes - LABEL_ROOM_BYTES;
  const onEvent = (type: string, outcome: string): void => {
    metrics.events.inc({ type, outcome });
  };
  const intake = eventIntake(
    {
      ...{ log, tokens: signer, clock, maxBatch, maxClockSkewMs, maxEventBytes, onEvent },
      limits: reportLimits(config.events),
    },
    checkReport(),
  );
  const pass = memberTokens({ key: deps.secrets.tokenKey, clock, ttlMs: config.auth.memberTokenTtlMs });
  return {
    home,
    intake,
    memberTokens: pass,
    explain: (requestId, slot) => explanations.get(requestId, slot),
  };
}

/** between two lines about policies that fail */
const POLICY_FAULT_LINE_MS = 10_000;

const RUNGS = [
  ['unpersonalised', SLOT_FLAGS.fallbackUnpersonalised],
  ['default-artwork', SLOT_FLAGS.fallbackDefault],
] as const;

/** Every one is counted. A model that fails does so for each title of each page: one line in a while tells as much. */
function policyFaults({ metrics, logger, clock }: ServingSideDeps): (error: unknown) => void {
  let quietUntilMs = -Infinity;
  return (error) => {
    metrics.policyFaults.inc();
    if (clock.nowMs() < quietUntilMs) return;
    quietUntilMs = clock.nowMs() + POLICY_FAULT_LINE_MS;
    logger.error({ err: error }, 'a policy could not score: the fallback answered');
  };
}

/** By its type, so that the message is about the kind of event that was meant. */
function checkReport(): (report: unknown) => Checked<EventReport> {
  const impression = validator(ImpressionSchema);
  const play = validator(PlaySchema);
  return (report) =>
    (report as { type?: unknown } | null)?.type === 'play' ? play(report) : impression(report);
}
