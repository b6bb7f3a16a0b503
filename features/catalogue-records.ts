import type { CatalogueRow, Title } from '../client/types.js';
import { AppError, shown } from '../core/errors.js';
import type { KeyValueStore } from './key-value/key-value.js';

/** A title revision as it is kept: never rewritten. */
export interface StoredRevision {
  readonly revision: number;
  readonly titleRow: number;
  readonly artworkRows: readonly number[];
  readonly title: Title;
}

/** How far numbers have been given out. Every change of the catalogue expects the head it built on, so no number is given twice. */
export interface CatalogueHead {
  /** who began it: a store that lost everything and was filled again has another */
  readonly origin: string;
  readonly revisions: number;
  /** how often the rows were replaced */
  readonly rowsVersion: number;
}

export const HEAD_KEY = 'catalogue-head';
export const ROWS_KEY = 'catalogue-rows';
const REVISION_PREFIX = 'title-revision/';
/** revisions read or written at a time */
export const REVISIONS_AT_ONCE = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encoded(record: StoredRevision | CatalogueHead | readonly CatalogueRow[]): Uint8Array {
  return encoder.encode(JSON.stringify(record));
}

export function revisionEntry(stored: StoredRevision): readonly [key: string, value: Uint8Array] {
  return [revisionKey(stored.revision), encoded(stored)];
}

export function decodeHead(bytes: Uint8Array): CatalogueHead {
  return JSON.parse(decoder.decode(bytes)) as CatalogueHead;
}

/** Revisions `from` … `to` − 1, in order. @throws AppError `store/corrupt` where one is missing */
export async function* readRevisions(
  store: KeyValueStore,
  from: number,
  to: number,
): AsyncIterable<StoredRevision> {
  for (let at = from; at < to; at += REVISIONS_AT_ONCE) {
    const count = Math.min(REVISIONS_AT_ONCE, to - at);
    const found = await store.getMany(Array.from({ length: count }, (_, i) => revisionKey(at + i)));
    for (const [i, bytes] of found.entries()) {
      if (bytes === undefined) {
        throw new AppError('store/corrupt', `title revision ${at + i} is missing; expected ${to} of them`);
      }
      yield decodeRevision(bytes);
    }
  }
}

/** Of a store that no head was written to yet. */
export async function* scanRevisions(store: KeyValueStore): AsyncIterable<StoredRevision> {
  for await (const [, bytes] of store.scan(REVISION_PREFIX)) yield decodeRevision(bytes);
}

export async function readRows(store: KeyValueStore): Promise<readonly CatalogueRow[]> {
  const [bytes] = await store.getMany([ROWS_KEY]);
  return bytes === undefined ? [] : (JSON.parse(decoder.decode(bytes)) as CatalogueRow[]);
}

function decodeRevision(bytes: Uint8Array): StoredRevision {
  const stored = JSON.parse(decoder.decode(bytes)) as StoredRevision;
  if (!(stored.revision >= 0 && Array.isArray(stored.artworkRows)))
    throw new AppError('store/corrupt', `a title revision reads ${shown(stored)}; expected its numbers`);
  return stored;
}

function revisionKey(revision: number): string {
  return REVISION_PREFIX + revision.toString(16).padStart(8, '0');
}
