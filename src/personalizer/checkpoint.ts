import { AppError, shown } from '../../core/errors.js';
import type { KeyValueBatch, KeyValueStore } from '../../features/key-value/key-value.js';
import { FEATURE_SCHEMA } from './features.js';
import type { PersonalizerFold } from './fold.js';
import type { FoldHead } from './fold-head.js';
import { decodeOpenEvent, encodeOpenEvent, type OpenEvent } from './open-events.js';

const FORMAT = 1;
const HEAD = 'personalizer/head';
const MODEL = 'personalizer/model';
const OPEN = 'personalizer/open/';
const openKey = (offset: number): string => OPEN + String(offset).padStart(16, '0');

interface StoredHead {
  readonly format: number;
  readonly featureSchema: string;
  readonly head: FoldHead;
}

/** What changed since the last one: one batch, all of it or none. Afterwards nothing has changed. */
export function encodeCheckpoint(fold: PersonalizerFold): KeyValueBatch {
  const stored: StoredHead = { format: FORMAT, featureSchema: FEATURE_SCHEMA, head: fold.head };
  const puts: [string, Uint8Array][] = [[HEAD, Buffer.from(JSON.stringify(stored))]];
  if (fold.isModelChanged) puts.push([MODEL, fold.model.encode()]);
  for (const event of fold.changed) puts.push([openKey(event.offset), encodeOpenEvent(event)]);
  const deletes = fold.closedOffsets.map(openKey);
  fold.isModelChanged = false;
  fold.changed.clear();
  fold.closedOffsets = [];
  return { puts, deletes };
}

/** @throws AppError `checkpoint/corrupt` */
export async function restoreCheckpoint(store: KeyValueStore, fold: PersonalizerFold): Promise<void> {
  const [head, model] = await store.getMany([HEAD, MODEL]);
  if (head === undefined) return;
  const stored = parseHead(head);
  // Learned from features that were made in another way: the log is read anew.
  if (stored.featureSchema !== FEATURE_SCHEMA) return;
  const open: OpenEvent[] = [];
  for await (const [, bytes] of store.scan(OPEN)) open.push(decodeOpenEvent(bytes));
  fold.restore(stored.head, model, open);
}

function parseHead(bytes: Uint8Array): StoredHead {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const stored = JSON.parse(text) as StoredHead;
    if (stored.format === FORMAT && Number.isSafeInteger(stored.head.nextOffset)) return stored;
  } catch {
    // Told below, the same way.
  }
  throw new AppError(
    'checkpoint/corrupt',
    `the Personalizer checkpoint is ${shown(text)}; expected format ${FORMAT}`,
  );
}
