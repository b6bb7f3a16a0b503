import { isDeepStrictEqual } from 'node:util';
import type { CatalogueRow, Title } from '../client/types.js';
import { AppError, shown, type ErrorCode } from '../core/errors.js';
import { hashString } from '../core/hash.js';
import type { ContextSchema } from './context-vector.js';
import { eligibilityRules } from './eligibility-rules.js';
import type { KeyValueStore } from './key-value/key-value.js';
import type { RevisionLookup, TitleRevision } from './title-revision.js';

export interface CatalogueLimits {
  /** at most 200 (MAX_ARMS); default 50 */
  readonly maxArtworksPerTitle: number;
}

export interface Rejection {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PutOutcome {
  readonly stored: number;
  readonly rejected: readonly Rejection[];
}

interface StoredRevision {
  readonly revision: number;
  readonly titleRow: number;
  readonly artworkRows: readonly number[];
  readonly title: Title;
}

const REVISION_PREFIX = 'title-revision/';
const ROWS_KEY = 'catalogue-rows';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Titles and rows, held in memory whole and kept in the key-value store. Every change of a title is a new immutable
 * {@link TitleRevision}; a title and each of its artworks keep their model rows for life, so what was learned about them stays theirs.
 */
export class Catalogue implements RevisionLookup {
  readonly #schema: ContextSchema;
  readonly #store: KeyValueStore;
  readonly #limits: CatalogueLimits;
  readonly #revisions: TitleRevision[] = [];
  readonly #current = new Map<string, TitleRevision>();
  readonly #artworkRows = new Map<string, number>();
  #rows: readonly CatalogueRow[] = [];
  #titleRowCount = 0;
  #lastPut: Promise<unknown> = Promise.resolve();

  private constructor(schema: ContextSchema, store: KeyValueStore, limits: CatalogueLimits) {
    this.#schema = schema;
    this.#store = store;
    this.#limits = limits;
  }

  static async open(
    schema: ContextSchema,
    store: KeyValueStore,
    limits: CatalogueLimits,
  ): Promise<Catalogue> {
    const catalogue = new Catalogue(schema, store, limits);
    for await (const [, bytes] of store.scan(REVISION_PREFIX)) {
      const stored = JSON.parse(decoder.decode(bytes)) as StoredRevision;
      catalogue.#install(stored);
    }
    const [rows] = await store.getMany([ROWS_KEY]);
    if (rows) catalogue.#rows = JSON.parse(decoder.decode(rows)) as CatalogueRow[];
    return catalogue;
  }

  /** every title's newest revision, in the order in which titles were first loaded */
  get titles(): Iterable<TitleRevision> {
    return this.#current.values();
  }

  get titleCount(): number {
    return this.#current.size;
  }

  /** revisions ever made: changes whenever any title does */
  get revisionCount(): number {
    return this.#revisions.length;
  }

  get titleRowCount(): number {
    return this.#titleRowCount;
  }

  get artworkRowCount(): number {
    return this.#artworkRows.size;
  }

  get rows(): readonly CatalogueRow[] {
    return this.#rows;
  }

  title(titleId: string): TitleRevision | undefined {
    return this.#current.get(titleId);
  }

  revision(revision: number): TitleRevision | undefined {
    return this.#revisions[revision];
  }

  /** Stores what is valid and says why the rest is not; durable when it resolves. The same title again changes nothing. */
  putTitles(titles: readonly Title[]): Promise<PutOutcome> {
    // One at a time: the numbers given out follow from what is installed, and that comes after the write.
    const put = this.#lastPut.then(() => this.#putTitles(titles));
    this.#lastPut = put.catch(() => undefined);
    return put;
  }

  async #putTitles(titles: readonly Title[]): Promise<PutOutcome> {
    const rejected: Rejection[] = [];
    const changed: StoredRevision[] = [];
    const seen = new Set<string>();
    const next = {
      revision: this.#revisions.length,
      titleRow: this.#titleRowCount,
      artworkRow: this.#artworkRows.size,
    };
    let stored = 0;
    for (const [index, title] of titles.entries()) {
      try {
        this.#check(title, seen);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        rejected.push({ index, code: error.code, message: error.message });
        continue;
      }
      seen.add(title.titleId);
      stored++;
      if (!isDeepStrictEqual(this.#current.get(title.titleId)?.title, title))
        changed.push(this.#newRevision(title, next));
    }
    await this.#store.write({
      puts: changed.map((r) => [
        `${REVISION_PREFIX}${r.revision.toString(16).padStart(8, '0')}`,
        encoder.encode(JSON.stringify(r)),
      ]),
    });
    // Only now: a decision that named a revision which a crash then lost would be learned as whatever title gets its number next.
    for (const revision of changed) this.#install(revision);
    return { stored, rejected };
  }

  /** Replaces the catalogue's rows. @throws AppError `catalogue/unknown-title` | `catalogue/duplicate-id` */
  async putRows(rows: readonly CatalogueRow[]): Promise<PutOutcome> {
    const ids = new Set<string>();
    for (const row of rows) {
      if (ids.has(row.rowId))
        throw new AppError(
          'catalogue/duplicate-id',
          `row ${shown(row.rowId)} appears twice; expected each row once`,
        );
      ids.add(row.rowId);
      const unknown = row.titleIds.find((id) => !this.#current.has(id));
      if (unknown !== undefined) {
        throw new AppError(
          'catalogue/unknown-title',
          `row ${shown(row.rowId)} names title ${shown(unknown)}; expected a title loaded before`,
        );
      }
    }
    await this.#store.write({ puts: [[ROWS_KEY, encoder.encode(JSON.stringify(rows))]] });
    this.#rows = rows;
    return { stored: rows.length, rejected: [] };
  }

  #check(title: Title, seen: ReadonlySet<string>): void {
    const { maxArtworksPerTitle } = this.#limits;
    if (seen.has(title.titleId)) {
      throw new AppError(
        'catalogue/duplicate-id',
        `title ${shown(title.titleId)} appears twice in one request; expected each title once`,
      );
    }
    if (title.artworks.length > maxArtworksPerTitle) {
      throw new AppError(
        'catalogue/too-many-artworks',
        `title ${shown(title.titleId)} has ${title.artworks.length} artworks; expected at most ${maxArtworksPerTitle}`,
      );
    }
    const ids = new Set(title.artworks.map((a) => a.artworkId));
    if (ids.size !== title.artworks.length) {
      throw new AppError(
        'catalogue/duplicate-id',
        `title ${shown(title.titleId)} has an artwork id twice; expected each once`,
      );
    }
    if (title.defaultArtworkId !== undefined && !ids.has(title.defaultArtworkId)) {
      throw new AppError(
        'request/invalid',
        `defaultArtworkId is ${shown(title.defaultArtworkId)}; expected one of the title's artworks`,
      );
    }
    for (const themes of [title.themes, ...title.artworks.map((a) => a.themes)]) {
      const unknown = Object.keys(themes).find((t) => !this.#schema.themes.includes(t));
      if (unknown !== undefined) {
        throw new AppError(
          'catalogue/unknown-theme',
          `theme ${shown(unknown)} of title ${shown(title.titleId)}; expected one of ${this.#schema.themes.join(', ')}`,
        );
      }
    }
    try {
      eligibilityRules(title);
    } catch (error) {
      throw new AppError('request/invalid', `title ${shown(title.titleId)}: ${(error as Error).message}`);
    }
  }

  /** @param next the numbers not given out yet: moved on */
  #newRevision(
    title: Title,
    next: { revision: number; titleRow: number; artworkRow: number },
  ): StoredRevision {
    const titleRow = this.#current.get(title.titleId)?.titleRow ?? next.titleRow++;
    const artworkRows = title.artworks.map(
      (a) => this.#artworkRows.get(artworkKey(title.titleId, a.artworkId)) ?? next.artworkRow++,
    );
    return { revision: next.revision++, titleRow, artworkRows, title };
  }

  #install(stored: StoredRevision): void {
    const { title } = stored;
    const size = this.#schema.embeddingSize;
    const artworkVectors = new Float32Array(title.artworks.length * size);
    title.artworks.forEach((artwork, arm) => {
      this.#artworkRows.set(artworkKey(title.titleId, artwork.artworkId), stored.artworkRows[arm]!);
      artworkVectors.set(themeVector(this.#schema, artwork.themes), arm * size);
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
      titleVector: themeVector(this.#schema, title.themes),
      titleHash: hashString(title.titleId),
      artworkHashes: Uint32Array.from(title.artworks, (a) => hashString(a.artworkId)),
    };
    this.#revisions[stored.revision] = revision;
    this.#current.set(title.titleId, revision);
    this.#titleRowCount = Math.max(this.#titleRowCount, stored.titleRow + 1);
  }
}

function artworkKey(titleId: string, artworkId: string): string {
  return `${titleId}\0${artworkId}`;
}

/** shape (E): weight of each theme of the vocabulary; themes that are not in the vocabulary were refused when loaded */
export function themeVector(schema: ContextSchema, themes: Readonly<Record<string, number>>): Float32Array {
  return Float32Array.from(schema.themes, (t) => themes[t] ?? 0);
}
