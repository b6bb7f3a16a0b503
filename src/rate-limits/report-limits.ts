import { LRUCache } from 'lru-cache';
import { AppError } from '../../core/errors.js';
import type { TokenClaims } from '../tokens.js';
import { TokenBucket } from './token-bucket.js';

export interface ReportLimitOptions {
  /** events of one page; undefined: {@link REPORTS_PER_SLOT} for each of its slots */
  readonly maxPerToken?: number | undefined;
  /** events of one member a minute, and as many at once after a quiet one; 0: as many as come */
  readonly maxPerMemberPerMinute: number;
  /** pages, and members, that are counted: those heard of longest ago are forgotten, and begin anew */
  readonly countedEntries: number;
}

/** An impression, plays, and what clients send again because an answer was lost. */
export const REPORTS_PER_SLOT = 10;

/**
 * Against events made up by whoever has a real token: most events of one page, most of one member a minute. In the memory of this process, bounded;
 * several processes each count what comes to them.
 */
export interface ReportLimits {
  /** Counts one event of the page. @throws AppError `event/too-many-reports` */
  count(claims: TokenClaims, nowMs: number): void;
  /** Takes back the count of an event that was not stored in the end. */
  giveBack(claims: TokenClaims): void;
}

export function reportLimits(options: ReportLimitOptions): ReportLimits {
  const { maxPerToken, maxPerMemberPerMinute: perMinute, countedEntries: max } = options;
  const pages = new LRUCache<string, { count: number }>({ max });
  const members = perMinute === 0 ? undefined : new LRUCache<string, TokenBucket>({ max });

  const countPage = ({ requestId, slots }: TokenClaims): void => {
    const most = maxPerToken ?? REPORTS_PER_SLOT * slots;
    let counted = pages.get(requestId);
    if (counted === undefined) pages.set(requestId, (counted = { count: 0 }));
    if (counted.count >= most)
      throw new AppError('event/too-many-reports', `the page has had ${most} events; expected no more`);
    counted.count++;
  };
  const countMember = ({ memberId }: TokenClaims, nowMs: number): void => {
    if (members === undefined) return;
    let bucket = members.get(memberId);
    if (bucket === undefined)
      members.set(memberId, (bucket = new TokenBucket(perMinute / 60, perMinute, nowMs)));
    if (bucket.take(nowMs) > 0)
      throw new AppError(
        'event/too-many-reports',
        `the member has had more than ${perMinute} events a minute; expected at most that`,
      );
  };
  return {
    count(claims, nowMs) {
      countMember(claims, nowMs);
      countPage(claims);
    },
    giveBack({ requestId, memberId }) {
      const counted = pages.get(requestId);
      if (counted !== undefined && counted.count > 0) counted.count--;
      members?.get(memberId)?.giveBack();
    },
  };
}
