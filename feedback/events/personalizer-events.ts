import { AppError, shown } from '../../core/errors.js';
import { packed, unpackedBytes, unpackedFloats } from './packed-columns.js';
import { EVENT_SCHEMAS } from './schemas.js';
import { isOfNewerVersion, unreadable, versionedCodec } from './versioned-codec.js';

/**
 * What stands on the topic `personalizer`: everything that has a say in what the Personalizer-compatible API answers, in one order. All records share one key, so
 * one partition holds them all, and whoever reads it from the start arrives at the same state.
 */
export type PersonalizerRecord =
  | { readonly kind: 'rank'; readonly rank: PersonalizerRank }
  | { readonly kind: 'reward'; readonly reward: PersonalizerReward }
  | { readonly kind: 'activation'; readonly activation: PersonalizerActivation }
  | { readonly kind: 'command'; readonly command: PersonalizerCommand }
  /** something that was never such a record: it changes nothing, ever */
  | { readonly kind: 'foreign'; readonly message: string };

export const LEARNING_MODES = ['Online', 'Apprentice', 'LoggingOnly'] as const;
export type LearningMode = (typeof LEARNING_MODES)[number];

/** One call of Rank: what was asked and answered. K actions, S slots; a single-slot call has S = 1. */
export interface PersonalizerRank {
  readonly eventId: string;
  readonly atMs: number;
  /** JSON of the request, from which x is built again */
  readonly request: string;
  /** shape (S): index of the action of each slot */
  readonly chosen: Uint8Array;
  /** shape (S, K): probability of each action in each slot, given those before it; 0 where it was excluded */
  readonly propensities: Float32Array;
  readonly mode: LearningMode;
  readonly deferred: boolean;
  /** offset on the topic up to which the model had learned */
  readonly foldedTo: number;
  /** hash of the way in which features become x */
  readonly featureSchema: string;
}

export interface PersonalizerReward {
  readonly eventId: string;
  readonly atMs: number;
  /** slot id and value as sent; the slot of a single-slot event is '' */
  readonly rewards: readonly (readonly [slotId: string, value: number])[];
}

export interface PersonalizerActivation {
  readonly eventId: string;
  readonly atMs: number;
}

/** `service` and `policy`: settings from here on; `model`: another model (no payload: an empty one); `logs`: what stands before is not evaluated;
 * `mark`: the model as it is at this place is asked for. */
export const COMMAND_KINDS = ['service', 'policy', 'model', 'logs', 'mark'] as const;
export interface PersonalizerCommand {
  readonly kind: (typeof COMMAND_KINDS)[number];
  readonly atMs: number;
  /** JSON */
  readonly body: string;
  readonly payload: Uint8Array;
}

const codecs = {
  rank: versionedCodec(EVENT_SCHEMAS.personalizerRank),
  reward: versionedCodec(EVENT_SCHEMAS.personalizerReward),
  activation: versionedCodec(EVENT_SCHEMAS.personalizerActivation),
  command: versionedCodec(EVENT_SCHEMAS.personalizerCommand),
};
/** room for the fields that are neither texts nor columns, and for an id */
const SMALL_BYTES = 512;

export function encodeRank(rank: PersonalizerRank): Uint8Array {
  const wire = { ...rank, chosen: packed(rank.chosen), propensities: packed(rank.propensities) };
  return codecs.rank.encode(wire, SMALL_BYTES + rank.request.length + rank.propensities.byteLength);
}

/** @throws AppError `event/unreadable` */
export function decodeRank(bytes: Uint8Array): PersonalizerRank {
  const wire = codecs.rank.decode(bytes) as Omit<PersonalizerRank, 'propensities'> & {
    readonly propensities: Uint8Array;
  };
  const propensities = unpackedFloats(wire.propensities);
  if (propensities === undefined || !LEARNING_MODES.includes(wire.mode))
    throw unreadable(
      EVENT_SCHEMAS.personalizerRank,
      `mode ${shown(wire.mode)}, ${wire.propensities.length} bytes of propensities; expected one of ${LEARNING_MODES.join(', ')} and a multiple of 4`,
    );
  return { ...wire, chosen: unpackedBytes(wire.chosen), propensities };
}

export function encodeReward(reward: PersonalizerReward): Uint8Array {
  const rewards = JSON.stringify(reward.rewards);
  return codecs.reward.encode({ ...reward, rewards }, SMALL_BYTES + rewards.length);
}

/** @throws AppError `event/unreadable` */
export function decodeReward(bytes: Uint8Array): PersonalizerReward {
  const wire = codecs.reward.decode(bytes) as { eventId: string; atMs: number; rewards: string };
  const rewards = jsonOf(wire.rewards);
  if (!Array.isArray(rewards) || !rewards.every(isSlotReward))
    throw unreadable(
      EVENT_SCHEMAS.personalizerReward,
      `rewards is ${shown(wire.rewards)}; expected [[slot id, number], …]`,
    );
  return { eventId: wire.eventId, atMs: wire.atMs, rewards };
}

export function encodeActivation(activation: PersonalizerActivation): Uint8Array {
  return codecs.activation.encode(activation, SMALL_BYTES);
}

/** @throws AppError `event/unreadable` */
export function decodeActivation(bytes: Uint8Array): PersonalizerActivation {
  return { ...(codecs.activation.decode(bytes) as PersonalizerActivation) };
}

export function encodeCommand(command: PersonalizerCommand): Uint8Array {
  const wire = { ...command, payload: packed(command.payload) };
  return codecs.command.encode(wire, SMALL_BYTES + command.body.length + command.payload.length);
}

/** @throws AppError `event/unreadable` */
export function decodeCommand(bytes: Uint8Array): PersonalizerCommand {
  const wire = codecs.command.decode(bytes) as PersonalizerCommand;
  if (!COMMAND_KINDS.includes(wire.kind))
    throw unreadable(
      EVENT_SCHEMAS.personalizerCommand,
      `kind is ${shown(wire.kind)}; expected one of ${COMMAND_KINDS.join(', ')}`,
    );
  return { ...wire, payload: unpackedBytes(wire.payload) };
}

/** @throws AppError `event/unreadable` for a record that newer code wrote: readers are upgraded before writers */
export function decodePersonalizerRecord(bytes: Uint8Array): PersonalizerRecord {
  try {
    switch (bytes[1]) {
      case EVENT_SCHEMAS.personalizerRank.id:
        return { kind: 'rank', rank: decodeRank(bytes) };
      case EVENT_SCHEMAS.personalizerReward.id:
        return { kind: 'reward', reward: decodeReward(bytes) };
      case EVENT_SCHEMAS.personalizerActivation.id:
        return { kind: 'activation', activation: decodeActivation(bytes) };
      case EVENT_SCHEMAS.personalizerCommand.id:
        return { kind: 'command', command: decodeCommand(bytes) };
      default:
        return { kind: 'foreign', message: `schema ${shown(bytes[1])} is none of this topic's` };
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'event/unreadable' || isOfNewerVersion(error))
      throw error;
    return { kind: 'foreign', message: error.message };
  }
}

function isSlotReward(entry: unknown): entry is readonly [string, number] {
  return (
    Array.isArray(entry) &&
    entry.length === 2 &&
    typeof entry[0] === 'string' &&
    typeof entry[1] === 'number' &&
    Number.isFinite(entry[1])
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
