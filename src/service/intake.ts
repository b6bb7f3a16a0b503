import type { EventReport, EventsResponse } from '../../client/types.js';
import { AppError, shown } from '../../core/errors.js';
import type { Clock } from '../../core/clock.js';
import { asId, type EventId } from '../../core/ids.js';
import { encodeImpression, encodePlay } from '../../feedback/events/avro.js';
import type { EventLog, NewRecord } from '../../feedback/event-log/event-log.js';
import type { Checked } from '../http/validation.js';
import type { ReportLimits } from '../rate-limits/report-limits.js';
import type { TokenClaims, Tokens } from '../tokens.js';

export interface IntakeOptions {
  readonly log: EventLog;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly maxBatch: number;
  readonly maxClockSkewMs: number;
  /** of one event as it is written; one that is larger must not keep the others of its request out of the log */
  readonly maxEventBytes: number;
  /** of events made up under a real token */
  readonly limits: ReportLimits;
  readonly onEvent: (type: string, outcome: string) => void;
}

export interface EventIntake {
  /**
   * Accepts what is valid, says per item what is not and why. Resolves when every accepted event is durable.
   * @throws AppError `request/invalid` when `reports` is not a list of 1 … maxBatch items
   */
  accept(reports: unknown): Promise<EventsResponse>;
}

export function eventIntake(
  options: IntakeOptions,
  check: (report: unknown) => Checked<EventReport>,
): EventIntake {
  return {
    async accept(reports) {
      if (!Array.isArray(reports) || reports.length === 0 || reports.length > options.maxBatch) {
        throw new AppError(
          'request/invalid',
          `events is ${Array.isArray(reports) ? `a list of ${reports.length}` : shown(reports)}; expected a list of 1 to ${options.maxBatch}`,
        );
      }
      const nowMs = options.clock.nowMs();
      const rejected: { index: number; code: string; message: string }[] = [];
      const impressions: NewRecord[] = [];
      const plays: NewRecord[] = [];
      const counted: TokenClaims[] = [];
      for (let index = 0; index < reports.length; index++) {
        try {
          const checked = check(reports[index]);
          if (checked.kind === 'invalid') throw checked.error;
          const claims = options.tokens.verify(checked.value.token);
          const written = sized(record(checked.value, claims, nowMs, options), options.maxEventBytes);
          options.limits.count(claims, nowMs);
          counted.push(claims);
          (checked.value.type === 'play' ? plays : impressions).push(written);
          options.onEvent(checked.value.type, 'accepted');
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          rejected.push({ index, code: error.code, message: error.message });
          options.onEvent('event', error.code);
        }
      }
      try {
        await append(options.log, impressions, plays);
      } catch (error) {
        // What the log did not take will be sent again: nobody may be refused for our fault.
        for (const claims of counted) options.limits.giveBack(claims);
        throw error;
      }
      return { accepted: impressions.length + plays.length, rejected };
    },
  };
}

/** One group commit covers both: nothing is acknowledged before it would survive power loss. */
async function append(
  log: EventLog,
  impressions: readonly NewRecord[],
  plays: readonly NewRecord[],
): Promise<void> {
  await Promise.all([
    impressions.length > 0 ? log.append('impressions', impressions, 'synced') : undefined,
    plays.length > 0 ? log.append('plays', plays, 'synced') : undefined,
  ]);
}

function record(
  report: EventReport,
  claims: TokenClaims,
  nowMs: number,
  { maxClockSkewMs }: IntakeOptions,
): NewRecord {
  if (report.slot >= claims.slots) {
    throw new AppError(
      'event/bad-slot',
      `slot is ${report.slot}; expected one below ${claims.slots}, the number of places on that page`,
    );
  }
  const { requestId, memberId } = claims;
  // A client's clock may be wrong: it is brought between the moment the page was made and the furthest it may be ahead.
  const atMs = Math.max(Math.min(report.atMs ?? nowMs, nowMs + maxClockSkewMs), claims.issuedAtMs);
  const shared = { requestId, memberId, slot: report.slot, atMs, receivedAtMs: nowMs };
  if (report.type === 'impression') {
    const eventId = asId<EventId>(`${requestId}:${report.slot}`);
    return { key: memberId, timestampMs: nowMs, value: encodeImpression({ eventId, ...shared }) };
  }
  const playId = report.playId ?? '1';
  const eventId = asId<EventId>(`${requestId}:${report.slot}:${playId}`);
  const { watchedSeconds, watchedFraction = 0 } = report;
  return {
    key: memberId,
    timestampMs: nowMs,
    value: encodePlay({ eventId, ...shared, playId, watchedSeconds, watchedFraction }),
  };
}

/** @throws AppError `event/too-large` */
function sized(written: NewRecord, maxEventBytes: number): NewRecord {
  const bytes = written.value.byteLength;
  if (bytes <= maxEventBytes) return written;
  throw new AppError('event/too-large', `the event has ${bytes} bytes; expected at most ${maxEventBytes}`);
}
