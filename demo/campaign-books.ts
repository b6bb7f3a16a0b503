import type { HomeResponse } from '../client/types.js';
import { ratioInterval } from './ratio-interval.js';
import type { Reaction } from './world/reaction.js';
import type { Visit } from './world/visits.js';
import type { World } from './world/world.js';

/** What a policy earned, by the world's own books: every display and every good play that will ever come of it. */
export interface CampaignResult {
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly members: number;
  readonly impressions: number;
  readonly qualityPlays: number;
  /** good plays per impression, with a 95 % interval clustered by member */
  readonly takeFraction: number;
  readonly low: number;
  readonly high: number;
  /** good plays per impression that the best artwork of each displayed title would have earned more than the chosen one */
  readonly meanRegret: number;
  /** impressions answered by the ladder of fallbacks; they count above */
  readonly fallbackImpressions: number;
}

interface VariantBook {
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly perMember: Map<string, { impressions: number; qualityPlays: number }>;
  regret: number;
  fallbacks: number;
}

/** Adds up reactions per variant. Regret is read off the world's chances, not off what happened to be played. */
export class CampaignBooks {
  readonly #books = new Map<string, VariantBook>();

  constructor(readonly world: World) {}

  record(visit: Visit, page: HomeResponse, reaction: Reaction): void {
    const book = this.#bookOf(page);
    let member = book.perMember.get(visit.memberId);
    if (member === undefined)
      book.perMember.set(visit.memberId, (member = { impressions: 0, qualityPlays: 0 }));
    for (const shown of reaction.shown) {
      member.impressions++;
      if (shown.qualityPlay) member.qualityPlays++;
      if (shown.fallback) book.fallbacks++;
      book.regret += Math.max(...shown.expected) - shown.expected[shown.arm]!;
    }
  }

  /** In order of variant id. */
  results(): CampaignResult[] {
    const books = [...this.#books.values()].sort((a, b) => (a.variant < b.variant ? -1 : 1));
    return books.map((book) => {
      const members = [...book.perMember.values()];
      const impressions = members.reduce((sum, m) => sum + m.impressions, 0);
      const interval = ratioInterval(
        members.map((m) => m.qualityPlays),
        members.map((m) => m.impressions),
      );
      return {
        experiment: book.experiment,
        variant: book.variant,
        policy: book.policy,
        members: members.length,
        impressions,
        qualityPlays: members.reduce((sum, m) => sum + m.qualityPlays, 0),
        takeFraction: interval.ratio,
        low: interval.low,
        high: interval.high,
        meanRegret: impressions > 0 ? book.regret / impressions : 0,
        fallbackImpressions: book.fallbacks,
      };
    });
  }

  #bookOf(page: HomeResponse): VariantBook {
    const key = `${page.experiment}\t${page.variant}\t${page.policy}`;
    let book = this.#books.get(key);
    if (book === undefined) {
      const { experiment, variant, policy } = page;
      this.#books.set(
        key,
        (book = { experiment, variant, policy, perMember: new Map(), regret: 0, fallbacks: 0 }),
      );
    }
    return book;
  }
}
