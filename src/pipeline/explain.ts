import { LRUCache } from 'lru-cache';
import type { ExplainedArm, Explanation, Themes } from '../../client/types.js';
import type { Slate, SlateScores, WeightedModel } from '../../bandit/index.js';
import type { ContextSchema } from '../../features/context-vector.js';
import type { MemberProfile } from '../../features/member-store.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { RecordHead } from './record.js';
import { fallbackName, type Page } from './page.js';

const MOST_CONTRIBUTIONS = 6;

/**
 * Keeps everything about the newest pages that asked for it, as it was at the moment of the draw: later learning does not rewrite
 * the explanation of an earlier picture.
 */
export class Explanations {
  readonly #pages: LRUCache<string, CapturedPage> | undefined;
  readonly #mostArms: number;

  /** @param limits.pages 0: none is kept @param limits.arms artworks in all pages together: an explained artwork takes about 700 bytes */
  constructor(
    readonly schema: ContextSchema,
    limits: { readonly pages: number; readonly arms: number },
  ) {
    this.#mostArms = limits.arms;
    if (limits.pages > 0)
      this.#pages = new LRUCache({
        max: limits.pages,
        maxSize: limits.arms,
        sizeCalculation: ({ armCount }) => Math.max(1, armCount),
      });
  }

  /** @param model the model that scores the page, if its means are linear in the features; undefined where its policy has none: then no feature speaks */
  capture(model: WeightedModel | undefined): PageCapture {
    return new PageCapture(this.schema, model, this.#pages === undefined ? 0 : this.#mostArms);
  }

  keep(
    head: RecordHead,
    decidedAtMs: number,
    profile: MemberProfile | undefined,
    page: Page,
    capture: PageCapture,
  ): void {
    const rows = page.rows.map((row, r) => ({ rowId: row.rowId, length: page.rowLengths[r]! }));
    this.#pages?.set(head.requestId, {
      head,
      decidedAtMs,
      plays: profile?.plays ?? 0,
      themes: themesOf(this.schema, profile?.vector),
      rows,
      titles: page.titles.slice(0, page.count),
      arm: page.arm.slice(0, page.count),
      orderPropensity: page.orderPropensity.slice(0, page.count),
      flags: page.flags.slice(0, page.count),
      arms: capture.arms,
      armCount: capture.armCount,
    });
  }

  /** undefined: that page was not kept, or is no longer */
  get(requestId: string, slot: number): Explanation | undefined {
    const kept = this.#pages?.get(requestId);
    const title = kept?.titles[slot];
    if (!kept || !title) return undefined;
    // A title that stands twice was decided once: the later slot shows the first one's reasons.
    const decidedIn = kept.titles.findIndex((t) => t.titleRow === title.titleRow);
    const place = placeOf(kept.rows, slot);
    const fallback = fallbackName(kept.flags[slot]!);
    return {
      requestId,
      slot,
      memberId: kept.head.memberId,
      titleId: title.title.titleId,
      titleName: title.title.name,
      experiment: kept.head.experiment,
      variant: kept.head.variant,
      policy: kept.head.policy,
      snapshotVersion: kept.head.snapshotVersion,
      decidedAtMs: kept.decidedAtMs,
      epoch: kept.head.epoch,
      ...place,
      orderPropensity: kept.orderPropensity[slot]!,
      ...(fallback === undefined ? {} : { fallback }),
      member: { themes: kept.themes, plays: kept.plays },
      arms: kept.arms.get(decidedIn)?.map((arm, a) => ({ ...arm, chosen: a === kept.arm[slot] })) ?? [],
    };
  }
}

interface CapturedPage {
  readonly head: RecordHead;
  readonly decidedAtMs: number;
  readonly plays: number;
  readonly themes: Themes;
  readonly rows: readonly { rowId: string; length: number }[];
  readonly titles: readonly TitleRevision[];
  readonly arm: Uint8Array;
  readonly orderPropensity: Float32Array;
  readonly flags: Uint8Array;
  readonly arms: ReadonlyMap<number, readonly ExplainedArm[]>;
  readonly armCount: number;
}

/** Copies scores out of the decision's scratch, slot by slot, while they fit: the last slots of a page beyond all bounds have no reasons. */
export class PageCapture {
  readonly arms = new Map<number, ExplainedArm[]>();
  armCount = 0;

  constructor(
    readonly schema: ContextSchema,
    readonly model: WeightedModel | undefined,
    readonly mostArms: number,
  ) {}

  readonly onScored = (slot: number, title: TitleRevision, slate: Slate, scores: SlateScores): void => {
    if (this.armCount + slate.size > this.mostArms) return;
    this.armCount += slate.size;
    this.arms.set(
      slot,
      title.title.artworks.map((artwork, a) => ({
        artworkId: artwork.artworkId,
        url: artwork.url,
        ...(artwork.label === undefined ? {} : { label: artwork.label }),
        ...(artwork.emphasis === undefined ? {} : { emphasis: artwork.emphasis }),
        chosen: false,
        offered: true,
        mean: scores.means[a]!,
        deviation: scores.deviations[a]!,
        propensity: scores.propensities[a]!,
        contributions: this.#contributions(slate, a),
      })),
    );
  };

  #contributions(slate: Slate, arm: number): ExplainedArm['contributions'] {
    if (!this.model) return [];
    const weights = this.model.weights(slate.rows[arm]!);
    const { dimension, names } = this.schema;
    const all = names.map((feature, j) => {
      const value = slate.contexts[arm * dimension + j]!;
      return { feature, value, contribution: value * weights[j]! };
    });
    return all
      .filter((c) => c.contribution !== 0)
      .sort((x, y) => Math.abs(y.contribution) - Math.abs(x.contribution))
      .slice(0, MOST_CONTRIBUTIONS);
  }
}

function placeOf(
  rows: readonly { rowId: string; length: number }[],
  slot: number,
): { rowId: string; position: number } {
  let position = slot;
  for (const row of rows) {
    if (position < row.length) return { rowId: row.rowId, position };
    position -= row.length;
  }
  return { rowId: '', position };
}

function themesOf(schema: ContextSchema, vector: Float32Array | undefined): Themes {
  return Object.fromEntries(
    schema.themes.map((theme, e) => [theme, vector?.[e] ?? 0] as const).filter(([, weight]) => weight > 0),
  );
}
