import { AppError } from '../../core/errors.js';
import { decodeLabel } from './avro.js';
import type { ClaimEvent, LabelEvent } from './events.js';
import { EVENT_SCHEMAS } from './schemas.js';
import { isOfNewerVersion, versionedCodec } from './versioned-codec.js';

/** What stands on the topic `labels`. */
export type LabelsRecord =
  | { readonly kind: 'label'; readonly label: LabelEvent }
  | { readonly kind: 'claim'; readonly claim: ClaimEvent }
  /** something that was never a label: it teaches nothing, to nobody, ever */
  | { readonly kind: 'foreign'; readonly message: string };

const codec = versionedCodec(EVENT_SCHEMAS.claim);
const SIZE_HINT_BYTES = 64;

export function encodeClaim(event: ClaimEvent): Uint8Array {
  return codec.encode(event, SIZE_HINT_BYTES);
}

/** @throws AppError `event/unreadable` */
export function decodeClaim(bytes: Uint8Array): ClaimEvent {
  // avsc's records carry a prototype of their own; an event is a plain object.
  return { ...(codec.decode(bytes) as ClaimEvent) };
}

/** @throws AppError `event/unreadable` for a record that newer code wrote: readers are upgraded before writers */
export function decodeLabelsRecord(bytes: Uint8Array): LabelsRecord {
  try {
    if (bytes[1] === EVENT_SCHEMAS.claim.id) return { kind: 'claim', claim: decodeClaim(bytes) };
    return { kind: 'label', label: decodeLabel(bytes) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'event/unreadable' || isOfNewerVersion(error))
      throw error;
    return { kind: 'foreign', message: error.message };
  }
}
