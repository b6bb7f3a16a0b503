import avro from 'avsc';
import { AppError } from '../../core/errors.js';
import type { RequestId } from '../../core/ids.js';
import { decodeDecision } from '../events/avro.js';
import { compactDecision, emptyJoin, type HeldEvent, type OpenJoin } from '../join/open-join.js';

/**
 * The changing part of an open join: its slots, what it holds, when it is looked at. One byte of version, then Avro. The decision itself is kept as the
 * bytes the log had.
 *
 * Version 1 said nothing of decisions and filings, and took 18 bytes a slot; version 2 takes about 6: times are differences, rewards are mostly none.
 */
const VERSION = 2;

const heldType: avro.Schema = {
  type: 'array',
  items: {
    type: 'record',
    name: 'Held',
    fields: [
      { name: 'topic', type: { type: 'enum', name: 'HeldTopic', symbols: ['impressions', 'plays'] } },
      { name: 'offset', type: 'long' },
      { name: 'key', type: 'string' },
      { name: 'value', type: 'bytes' },
      { name: 'slot', type: 'int' },
      { name: 'receivedAtMs', type: 'double' },
    ],
  },
};

const joinTypeV1 = avro.Type.forSchema({
  type: 'record',
  name: 'OpenJoin',
  fields: [
    {
      name: 'slots',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Slot',
          fields: [
            { name: 'slot', type: 'int' },
            { name: 'impressionAtMs', type: ['null', 'double'] },
            { name: 'reward', type: 'double' },
          ],
        },
      },
    },
    { name: 'held', type: heldType },
    { name: 'lastImpressionAtMs', type: 'double' },
  ],
});

interface WireJoinV1 {
  readonly slots: readonly {
    readonly slot: number;
    readonly impressionAtMs: number | null;
    readonly reward: number;
  }[];
  readonly held: readonly HeldEvent[];
  readonly lastImpressionAtMs: number;
}

const joinType = avro.Type.forSchema({
  type: 'record',
  name: 'OpenJoin',
  fields: [
    { name: 'isDecided', type: 'boolean' },
    { name: 'filedMs', type: ['null', 'long'] },
    { name: 'lastImpressionAtMs', type: ['null', 'long'] },
    {
      name: 'slots',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Slot',
          fields: [
            { name: 'slot', type: 'int' },
            { name: 'beforeLastMs', type: ['null', 'long'], doc: 'lastImpressionAtMs − impressionAtMs' },
            { name: 'reward', type: ['null', 'double'], doc: 'null: 0' },
          ],
        },
      },
    },
    { name: 'held', type: heldType },
  ],
});

interface WireJoin {
  readonly isDecided: boolean;
  readonly filedMs: number | null;
  readonly lastImpressionAtMs: number | null;
  readonly slots: readonly {
    readonly slot: number;
    readonly beforeLastMs: number | null;
    readonly reward: number | null;
  }[];
  readonly held: readonly HeldEvent[];
}

export function encodeJoin(join: OpenJoin): Uint8Array {
  const { lastImpressionAtMs: lastMs } = join;
  const wire: WireJoin = {
    isDecided: join.decision !== undefined,
    filedMs: join.filedMs ?? null,
    lastImpressionAtMs: Number.isFinite(lastMs) ? lastMs : null,
    slots: Array.from(join.slots, ([slot, { impressionAtMs, reward }]) => ({
      slot,
      beforeLastMs: impressionAtMs === undefined ? null : lastMs - impressionAtMs,
      reward: reward === 0 ? null : reward,
    })),
    held: join.held.map((event) => ({ ...event, value: Buffer.from(event.value) })),
  };
  return Buffer.concat([Buffer.of(VERSION), joinType.toBuffer(wire)]);
}

/** Does the state belong to a join with a decision? Undefined: it is of version 1, which does not say. */
export function isDecided(state: Uint8Array): boolean | undefined {
  return state[0] === VERSION ? state[1] === 1 : undefined;
}

/**
 * @param decision the decision's bytes, if it is known
 * @param state    what `encodeJoin` gave; undefined when nothing has happened to the join yet (version 1 only)
 * @throws AppError `checkpoint/corrupt`
 */
export function decodeJoin(
  requestId: RequestId,
  decision: Uint8Array | undefined,
  state: Uint8Array | undefined,
): OpenJoin {
  try {
    const join = emptyJoin(requestId);
    if (decision !== undefined) join.decision = compactDecision(decodeDecision(decision));
    if (state === undefined) return join;
    const bytes = Buffer.from(state.buffer, state.byteOffset + 1, state.byteLength - 1);
    if (state[0] === 1) fillV1(join, joinTypeV1.fromBuffer(bytes) as WireJoinV1);
    else if (state[0] === VERSION) fill(join, joinType.fromBuffer(bytes) as WireJoin);
    else throw new RangeError(`version ${state[0]}; expected 1 to ${VERSION}`);
    return join;
  } catch (cause) {
    throw new AppError(
      'checkpoint/corrupt',
      `an open join does not parse: ${cause instanceof Error ? cause.message : 'unknown'}`,
      undefined,
      cause,
    );
  }
}

function fillV1(join: OpenJoin, wire: WireJoinV1): void {
  for (const { slot, impressionAtMs, reward } of wire.slots)
    join.slots.set(slot, { impressionAtMs: impressionAtMs ?? undefined, reward });
  join.held = wire.held.map((event) => ({ ...event }));
  join.lastImpressionAtMs = wire.lastImpressionAtMs;
}

function fill(join: OpenJoin, wire: WireJoin): void {
  if (wire.isDecided !== (join.decision !== undefined))
    throw new RangeError(wire.isDecided ? 'its decision is not there' : 'it has a decision; expected none');
  const lastMs = wire.lastImpressionAtMs ?? -Infinity;
  for (const { slot, beforeLastMs, reward } of wire.slots) {
    const impressionAtMs = beforeLastMs === null ? undefined : lastMs - beforeLastMs;
    join.slots.set(slot, { impressionAtMs, reward: reward ?? 0 });
  }
  join.held = wire.held.map((event) => ({ ...event }));
  join.lastImpressionAtMs = lastMs;
  join.filedMs = wire.filedMs ?? undefined;
}
