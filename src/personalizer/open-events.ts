import { AppError } from '../../core/errors.js';
import { DIMENSION } from './features.js';
import type { Aggregation } from './service-settings.js';

/** A call of Rank whose reward may still come. */
export interface OpenEvent {
  readonly eventId: string;
  /** of its record: orders events, and is what they are stored under */
  readonly offset: number;
  readonly atMs: number;
  /** rewards and activation after this are too late */
  readonly closesAtMs: number;
  readonly defaultReward: number;
  readonly aggregation: Aggregation;
  /** is it learned from? false: deferred and not activated yet */
  active: boolean;
  readonly slots: readonly OpenSlot[];
}

export interface OpenSlot {
  /** '' of a single-slot event */
  readonly id: string;
  /** shape (d): of the action chosen */
  readonly x: Float32Array;
  /** aggregated as it came, before scaling; null: none yet */
  reward: number | null;
}

/** u32 bytes of the JSON · JSON · f32 × S·d x, little-endian. */
export function encodeOpenEvent(event: OpenEvent): Uint8Array {
  const { slots, ...head } = event;
  const json = Buffer.from(
    JSON.stringify({ ...head, slots: slots.map(({ id, reward }) => ({ id, reward })) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const contexts = slots.map(({ x }) => Buffer.from(x.buffer, x.byteOffset, x.byteLength));
  return Buffer.concat([length, json, ...contexts]);
}

/** @throws AppError `checkpoint/corrupt` */
export function decodeOpenEvent(bytes: Uint8Array): OpenEvent {
  try {
    const buffer = Buffer.from(bytes);
    const end = 4 + buffer.readUInt32LE(0);
    const head = JSON.parse(buffer.toString('utf8', 4, end)) as Omit<OpenEvent, 'slots'> & {
      readonly slots: readonly { readonly id: string; readonly reward: number | null }[];
    };
    const contextBytes = 4 * DIMENSION;
    if (buffer.length !== end + head.slots.length * contextBytes) throw new RangeError(`${buffer.length}`);
    const slots = head.slots.map(({ id, reward }, i) => {
      const x = new Float32Array(DIMENSION);
      new Uint8Array(x.buffer).set(buffer.subarray(end + i * contextBytes, end + (i + 1) * contextBytes));
      return { id, x, reward };
    });
    return { ...head, slots };
  } catch (cause) {
    throw new AppError(
      'checkpoint/corrupt',
      `an open Personalizer event of ${bytes.length} bytes does not parse`,
      undefined,
      cause,
    );
  }
}
