import type { HomeRequest } from '../../client/types.js';
import type { Clock } from '../../core/clock.js';
import { asId, type MemberId, type RequestId } from '../../core/ids.js';
import { daypartOf, type ContextSchema } from '../../features/context-vector.js';
import type { MemberProfile, MemberStore } from '../../features/member-store.js';
import { encodeDecision } from '../../feedback/events/avro.js';
import type { EventLog } from '../../feedback/event-log/event-log.js';
import type { Config } from '../config-schema.js';
import { assign } from '../experiments/assignment.js';
import type { CandidateRow, CandidateSource } from '../pipeline/candidates.js';
import type { Decider } from '../pipeline/decide.js';
import type { DecisionInput } from '../pipeline/decision-input.js';
import { drawKey, epochOf } from '../pipeline/draw-key.js';
import type { Explanations } from '../pipeline/explain.js';
import { linearModel, modelKeys, weightedModel, type Models, type ServedModel } from '../pipeline/models.js';
import { Page } from '../pipeline/page.js';
import { decisionEvent, type RecordHead } from '../pipeline/record.js';
import { ResponseWriter } from '../pipeline/response-writer.js';
import type { Tokens } from '../tokens.js';

export const CANVAS = 'home';

export interface HomeDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly schema: ContextSchema;
  readonly candidates: CandidateSource;
  readonly members: MemberStore;
  readonly models: Models;
  readonly decider: Decider;
  readonly tokens: Tokens;
  readonly log: EventLog;
  readonly explanations: Explanations;
  readonly drawSecret: string;
  readonly newRequestId: () => RequestId;
  /** resolves, never rejects, after this many milliseconds: how long a member's features are waited for */
  readonly patience: (ms: number) => Promise<undefined>;
  readonly onPage: (page: Page, head: RecordHead, unknownTitles: number) => void;
  readonly onMemberLookup: (inCache: boolean) => void;
  readonly onMemberFault: (why: 'slow' | 'failed') => void;
}

export interface HomeService {
  /** @returns the answer as JSON in UTF-8; its decision is already in the event log (safe from a kill -9) */
  home(request: HomeRequest): Promise<Buffer>;
}

/** POST /v1/home: candidates → features → decision → record → answer. */
export function homeService(deps: HomeDeps): HomeService {
  const page = new Page();
  const writer = new ResponseWriter();
  const { config } = deps;
  const zeros = new Float32Array(deps.schema.embeddingSize);

  return {
    async home(request) {
      const { rows, unknownTitles } = deps.candidates.rowsFor(request);
      const cached = deps.members.cached(request.memberId);
      deps.onMemberLookup(cached !== undefined);
      const profile = cached ?? (await loadProfile(deps, request.memberId, rows));
      // From here to the append there is no await: the page's columns are shared by all requests.
      const nowMs = deps.clock.nowMs();
      const epoch = epochOf(nowMs, config.decision.epochMs);
      const { variant } = assign(config.experiment, request.memberId);
      const served = deps.models.get(modelKeys.variant(CANVAS, variant));
      const input: DecisionInput = {
        rows,
        country: request.country,
        maturityLimit: profile?.maturityLimit ?? STRICTEST_MATURITY,
        device: deps.schema.devices.indexOf(request.device),
        daypart: daypartOf(nowMs),
        nowMs,
        memberVector: profile?.vector ?? zeros,
        personalized: profile !== undefined,
        ...(profile?.capped && { capped: profile.capped }),
        drawKey: drawKey(deps.drawSecret, request.memberId, CANVAS, epoch),
        served,
        unpersonalised: deps.models.get(modelKeys.unpersonalised(CANVAS)),
        titleOrder: linearModel(deps.models.get(modelKeys.titleOrder(CANVAS))),
        examination: deps.models.examination,
      };
      const head = recordHead(deps, request, variant, served, epoch);
      decideAndExplain(deps, request, input, head, profile, page);
      const event = encodeDecision(decisionEvent(head, input, page));
      const token = deps.tokens.sign({
        requestId: head.requestId,
        memberId: head.memberId,
        issuedAtMs: nowMs,
        slots: page.count,
      });
      const { requestId, experiment, policy, snapshotVersion } = head;
      const answer = writer.write({ requestId, token, experiment, variant, policy, snapshotVersion }, page);
      deps.onPage(page, head, unknownTitles);
      await deps.log.append(
        'decisions',
        [{ key: request.memberId, value: event, timestampMs: nowMs }],
        'written',
      );
      return answer;
    },
  };
}

/** Without the profile the member's own limit is not known: only titles for every age are safe. */
const STRICTEST_MATURITY = 0;

/**
 * The profile, if it comes in time. A late one is waited for all the same where without it, and so without the member's age limit, there would be nothing to
 * show: a page that is late is better than one that is empty.
 */
async function loadProfile(
  deps: HomeDeps,
  memberId: string,
  rows: readonly CandidateRow[],
): Promise<MemberProfile | undefined> {
  const load = deps.members.load(memberId).catch(() => {
    deps.onMemberFault('failed');
    return undefined;
  });
  const late = deps.patience(deps.config.features.loadTimeoutMs).then(() => 'late' as const);
  const first = await Promise.race([load, late]);
  // A profile that has expired is what the member was a while ago.
  const known = deps.members.lastKnown(memberId);
  if (first !== 'late') return first ?? known;
  deps.onMemberFault('slow');
  if (known !== undefined) return known;
  return rows.some(suitsEveryAge) ? undefined : load;
}

function suitsEveryAge({ titles }: CandidateRow): boolean {
  return titles.some(
    (title) => title.artworkRows.length > 0 && title.rules.maturityRating <= STRICTEST_MATURITY,
  );
}

function recordHead(
  deps: HomeDeps,
  request: HomeRequest,
  variant: string,
  served: ServedModel | undefined,
  epoch: number,
): RecordHead {
  return {
    requestId: deps.newRequestId(),
    memberId: asId<MemberId>(request.memberId),
    canvas: CANVAS,
    experiment: deps.config.experiment.id,
    variant,
    policy: served?.policy.name ?? 'none',
    snapshotVersion: served?.version ?? 0,
    contextSchema: deps.schema.hash,
    epoch,
  };
}

function decideAndExplain(
  deps: HomeDeps,
  request: HomeRequest,
  input: DecisionInput,
  head: RecordHead,
  profile: MemberProfile | undefined,
  page: Page,
): void {
  if (request.explain !== true) {
    deps.decider.decide(input, page);
    return;
  }
  const capture = deps.explanations.capture(weightedModel(input.served));
  deps.decider.decide(input, page, capture.onScored);
  deps.explanations.keep(head, input, profile, page, capture);
}
