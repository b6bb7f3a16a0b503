import avro from 'avsc';
import { AppError } from '../../core/errors.js';
import type { RequestId } from '../../core/ids.js';
import { decodeDecision } from '../events/avro.js';
import { compactDecision, emptyJoin, type HeldEvent, type OpenJoin } from '../join/open-join.js';

/** Version 1 of an open join's changing part. The decision itself is kept as the bytes the log had. */
const VERSION = 1;
const joinType = avro.Type.forSchema({
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
    {
      name: 'held',
      type: {
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
      },
    },
    { name: 'lastImpressionAtMs', type: 'double' },
  ],
});

interface WireJoin {
  readonly slots: readonly {
    readonly slot: number;
    readonly impressionAtMs: number | null;
    readonly reward: number;
  }[];
  readonly held: readonly HeldEvent[];
  readonly lastImpressionAtMs: number;
}

/** The changing part of a join: its slots and what it holds. u8 version, then Avro. */
export function encodeJoin(join: OpenJoin): Uint8Array {
  const wire: WireJoin = {
    slots: [...join.slots].map(([slot, { impressionAtMs, reward }]) => ({
      slot,
      impressionAtMs: impressionAtMs ?? null,
      reward,
    })),
    held: join.held.map((event) => ({ ...event, value: Buffer.from(event.value) })),
    lastImpressionAtMs: join.lastImpressionAtMs,
  };
  return Buffer.concat([Buffer.of(VERSION), joinType.toBuffer(wire)]);
}

/**
 * @param decision the decision's bytes, if it is known
 * @param state    what `encodeJoin` gave; undefined when nothing has happened to the join yet
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
    if (state[0] !== VERSION) throw new RangeError(`version ${state[0]}; expected ${VERSION}`);
    const wire = joinType.fromBuffer(Buffer.from(state.subarray(1))) as WireJoin;
    for (const { slot, impressionAtMs, reward } of wire.slots) {
      join.slots.set(slot, { impressionAtMs: impressionAtMs ?? undefined, reward });
    }
    join.held = wire.held.map(({ topic, offset, key, value, slot, receivedAtMs }) => ({
      topic,
      offset,
      key,
      value,
      slot,
      receivedAtMs,
    }));
    join.lastImpressionAtMs = wire.lastImpressionAtMs;
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
