import type { CatalogueRow, Title } from '../client/types.js';
import { AppError, shown } from '../core/errors.js';
import { Turnstile } from '../core/turnstile.js';
import { encoded, revisionEntry, ROWS_KEY } from './catalogue-records.js';
import { CatalogueReplica, isConflict, type ReplicaOptions } from './catalogue-replica.js';
import type { Rejection } from './catalogue-titles.js';
import type { ContextSchema } from './context-vector.js';
import type { KeyValueStore } from './key-value/key-value.js';
import type { CatalogueLimits } from './title-check.js';
import type { RevisionLookup, TitleRevision } from './title-revision.js';

export interface PutOutcome {
  readonly stored: number;
  readonly rejected: readonly Rejection[];
}

export interface CatalogueOptions extends ReplicaOptions {
  /** other processes write to the store too; default false */
  readonly isShared?: boolean;
}

/** Attempts at a change while other processes keep changing the catalogue first. */
const MOST_CONFLICTS = 100;
/** Attempts at a store that does not answer; each lasts as long as the store itself is patient. */
const MOST_FAILURES = 20;

/**
 * Titles and rows, held in memory whole and kept in the key-value store. Every change of a title is a new immutable
 * {@link TitleRevision}; a title and each of its artworks keep their model rows for life, so what was learned about them stays theirs.
 *
 * Several processes may share the store. A change is written under the expectation that nobody else made one since this process last looked, so no number is
 * given out twice; `follow` takes in what others wrote, and catalogue-following.ts calls it now and then.
 */
export class Catalogue implements RevisionLookup {
  readonly #replica: CatalogueReplica;
  readonly #isShared: boolean;
  /** one at a time: numbers given out follow from what is installed, and that comes after the write */
  readonly #changing = new Turnstile();

  private constructor(replica: CatalogueReplica, isShared: boolean) {
    this.#replica = replica;
    this.#isShared = isShared;
  }

  static async open(
    schema: ContextSchema,
    store: KeyValueStore,
    limits: CatalogueLimits,
    options: CatalogueOptions = {},
  ): Promise<Catalogue> {
    const replica = new CatalogueReplica(schema, store, limits, options);
    await replica.load();
    return new Catalogue(replica, options.isShared ?? false);
  }

  /** every title's newest revision, in the order in which titles were first loaded */
  get titles(): Iterable<TitleRevision> {
    return this.#replica.titles.current.values();
  }

  get titleCount(): number {
    return this.#replica.titles.current.size;
  }

  /** revisions ever made: changes whenever any title does */
  get revisionCount(): number {
    return this.#replica.count;
  }

  get titleRowCount(): number {
    return this.#replica.titles.titleRowCount;
  }

  get artworkRowCount(): number {
    return this.#replica.titles.artworkRowCount;
  }

  get rows(): readonly CatalogueRow[] {
    return this.#replica.rows;
  }

  title(titleId: string): TitleRevision | undefined {
    return this.#replica.titles.current.get(titleId);
  }

  revision(revision: number): TitleRevision | undefined {
    return this.#replica.titles.revisions[revision];
  }

  /** Stores what is valid and says why the rest is not; durable when it resolves. The same title again changes nothing. */
  putTitles(titles: readonly Title[]): Promise<PutOutcome> {
    return this.#change(async () => {
      const replica = this.#replica;
      const { changed, stored, rejected } = replica.titles.changes(titles);
      if (changed.length > 0) {
        await replica.write({ revisions: replica.count + changed.length }, changed.map(revisionEntry));
        // Only now: a decision that named a revision which a crash then lost would be learned as whatever title gets its number next.
        for (const revision of changed) replica.titles.install(revision);
      }
      return { stored, rejected };
    });
  }

  /** Replaces the catalogue's rows. @throws AppError `catalogue/unknown-title` | `catalogue/duplicate-id` */
  putRows(rows: readonly CatalogueRow[]): Promise<PutOutcome> {
    return this.#change(async () => {
      this.#checkRows(rows);
      const replica = this.#replica;
      await replica.write({ rowsVersion: replica.rowsVersion + 1 }, [[ROWS_KEY, encoded(rows)]]);
      replica.rows = rows;
      return { stored: rows.length, rejected: [] };
    });
  }

  /** Takes in what other processes wrote to the store. @throws AppError `store/unavailable` | `store/corrupt` */
  follow(): Promise<void> {
    return this.#changing.pass(() => this.#replica.follow());
  }

  async catchUp(revisions: Iterable<number>): Promise<void> {
    if (!this.#isShared) return;
    const lacking = [...revisions].some((revision) => this.revision(revision) === undefined);
    for (let failures = 0; lacking;) {
      try {
        await this.follow();
        return;
      } catch (error) {
        const isAway = error instanceof AppError && error.code === 'store/unavailable';
        if (!isAway || ++failures >= MOST_FAILURES) throw error;
      }
    }
  }

  /** Runs a change, again on top of what another process wrote if that came first. */
  #change<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#changing.pass(async () => {
      for (let conflicts = 0; ; conflicts++) {
        if (this.#isShared || conflicts > 0) await this.#replica.follow();
        try {
          return await attempt();
        } catch (error) {
          if (!isConflict(error) || conflicts >= MOST_CONFLICTS) throw error;
        }
      }
    });
  }

  #checkRows(rows: readonly CatalogueRow[]): void {
    const ids = new Set<string>();
    for (const row of rows) {
      if (ids.has(row.rowId))
        throw new AppError(
          'catalogue/duplicate-id',
          `row ${shown(row.rowId)} appears twice; expected each row once`,
        );
      ids.add(row.rowId);
      const unknown = row.titleIds.find((id) => this.title(id) === undefined);
      if (unknown !== undefined) {
        throw new AppError(
          'catalogue/unknown-title',
          `row ${shown(row.rowId)} names title ${shown(unknown)}; expected a title loaded before`,
        );
      }
    }
  }
}
