import { isDeepStrictEqual } from 'node:util';
import type { Title } from '../client/types.js';
import { AppError, shown, type ErrorCode } from '../core/errors.js';
import { hashString } from '../core/hash.js';
import type { StoredRevision } from './catalogue-records.js';
import { themeVector, type ContextSchema } from './context-vector.js';
import { eligibilityRules } from './eligibility-rules.js';
import { checkTitle, type CatalogueLimits } from './title-check.js';
import type { TitleRevision } from './title-revision.js';

export interface Rejection {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a load would change: nothing has changed yet. */
export interface TitleChanges {
  readonly changed: readonly StoredRevision[];
  readonly stored: number;
  readonly rejected: readonly Rejection[];
}

/**
 * All title revisions, in memory. Numbers follow from those installed before, so the same revisions installed in the same order are
 * the same everywhere.
 */
export class CatalogueTitles {
  readonly revisions: TitleRevision[] = [];
  readonly current = new Map<string, TitleRevision>();
  readonly #artworkRows = new Map<string, number>();
  titleRowCount = 0;

  constructor(
    readonly schema: ContextSchema,
    readonly limits: CatalogueLimits,
  ) {}

  get artworkRowCount(): number {
    return this.#artworkRows.size;
  }

  /** Which revisions would these titles make, and which titles are refused? */
  changes(titles: readonly Title[]): TitleChanges {
    const rejected: Rejection[] = [];
    const changed: StoredRevision[] = [];
    const seen = new Set<string>();
    const next = {
      revision: this.revisions.length,
      titleRow: this.titleRowCount,
      artworkRow: this.#artworkRows.size,
    };
    for (const [index, title] of titles.entries()) {
      try {
        if (seen.has(title.titleId))
          throw new AppError(
            'catalogue/duplicate-id',
            `title ${shown(title.titleId)} appears twice in one request; expected each title once`,
          );
        checkTitle(title, this.schema, this.limits);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        rejected.push({ index, code: error.code, message: error.message });
        continue;
      }
      seen.add(title.titleId);
      if (!isDeepStrictEqual(this.current.get(title.titleId)?.title, title))
        changed.push(this.#newRevision(title, next));
    }
    return { changed, stored: seen.size, rejected };
  }

  install(stored: StoredRevision): void {
    const { title } = stored;
    const size = this.schema.embeddingSize;
    const artworkVectors = new Float32Array(title.artworks.length * size);
    title.artworks.forEach((artwork, arm) => {
      this.#artworkRows.set(artworkKey(title.titleId, artwork.artworkId), stored.artworkRows[arm]!);
      artworkVectors.set(themeVector(this.schema, artwork.themes), arm * size);
    });
    const defaultArm = title.artworks.findIndex((a) => a.artworkId === title.defaultArtworkId);
    const revision: TitleRevision = {
      revision: stored.revision,
      titleRow: stored.titleRow,
      title,
      rules: eligibilityRules(title),
      defaultArm: defaultArm >= 0 ? defaultArm : title.artworks.length > 0 ? 0 : -1,
      artworkRows: Int32Array.from(stored.artworkRows),
      artworkVectors,
      titleVector: themeVector(this.schema, title.themes),
      titleHash: hashString(title.titleId),
      artworkHashes: Uint32Array.from(title.artworks, (a) => hashString(a.artworkId)),
    };
    this.revisions[stored.revision] = revision;
    this.current.set(title.titleId, revision);
    this.titleRowCount = Math.max(this.titleRowCount, stored.titleRow + 1);
  }

  /** A revision as it is kept. */
  stored(revision: number): StoredRevision {
    const { titleRow, artworkRows, title } = this.revisions[revision]!;
    return { revision, titleRow, artworkRows: [...artworkRows], title };
  }

  /** @param next the numbers not given out yet: moved on */
  #newRevision(
    title: Title,
    next: { revision: number; titleRow: number; artworkRow: number },
  ): StoredRevision {
    const titleRow = this.current.get(title.titleId)?.titleRow ?? next.titleRow++;
    const artworkRows = title.artworks.map(
      (a) => this.#artworkRows.get(artworkKey(title.titleId, a.artworkId)) ?? next.artworkRow++,
    );
    return { revision: next.revision++, titleRow, artworkRows, title };
  }
}

function artworkKey(titleId: string, artworkId: string): string {
  return `${titleId}\0${artworkId}`;
}
