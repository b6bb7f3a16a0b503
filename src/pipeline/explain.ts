import { LRUCache } from 'lru-cache';
import type { ExplainedArm, Explanation, Themes } from '../../client/types.js';
import type { WeightedModel } from '../../bandit/index.js';
import type { ContextSchema } from '../../features/context-vector.js';
import type { MemberProfile } from '../../features/member-store.js';
import type { TitleRevision } from '../../features/title-revision.js';
import type { DecisionInput } from './decision-input.js';
import type { ServedExamination } from './models.js';
import { PageCapture } from './page-capture.js';
import { fallbackName, type Page } from './page.js';
import type { RecordHead } from './record.js';

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
    { nowMs: decidedAtMs, examination }: Pick<DecisionInput, 'nowMs' | 'examination'>,
    profile: MemberProfile | undefined,
    page: Page,
    capture: PageCapture,
  ): void {
    const rows = page.rows.map((row, r) => ({
      rowId: row.rowId,
      length: page.rowLengths[r]!,
      propensity: page.rowPropensities[r],
    }));
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
      examination,
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
      rowId: place.row?.rowId ?? '',
      position: place.position,
      ...(place.row?.propensity === undefined ? {} : { rowPropensity: place.row.propensity }),
      rowIndex: place.rowIndex,
      examination: examinationOf(kept.examination, place),
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
  readonly rows: readonly PlacedRow[];
  readonly titles: readonly TitleRevision[];
  readonly arm: Uint8Array;
  readonly orderPropensity: Float32Array;
  readonly flags: Uint8Array;
  readonly examination: ServedExamination;
  readonly arms: ReadonlyMap<number, readonly ExplainedArm[]>;
  readonly armCount: number;
}

interface PlacedRow {
  readonly rowId: string;
  readonly length: number;
  /** undefined: rows stand as they were given */
  readonly propensity: number | undefined;
}

interface Place {
  readonly row: PlacedRow | undefined;
  readonly rowIndex: number;
  readonly position: number;
}

function placeOf(rows: readonly PlacedRow[], slot: number): Place {
  let position = slot;
  for (const [rowIndex, row] of rows.entries()) {
    if (position < row.length) return { row, rowIndex, position };
    position -= row.length;
  }
  return { row: undefined, rowIndex: rows.length, position };
}

/** As the decision event says it: the last entry holds for all places after it. */
function examinationOf({ columns, rows }: ServedExamination, { position, rowIndex }: Place): number {
  const column = columns[Math.min(position, columns.length - 1)] ?? 1;
  return column * (rows[Math.min(rowIndex, rows.length - 1)] ?? 1);
}

function themesOf(schema: ContextSchema, vector: Float32Array | undefined): Themes {
  return Object.fromEntries(
    schema.themes.map((theme, e) => [theme, vector?.[e] ?? 0] as const).filter(([, weight]) => weight > 0),
  );
}
