import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as avro from './avro.js';
import { byte, claim, deadLetter, decision, impression, label, play } from './arbitrary-events.contract.js';
import type { DecisionEvent } from './events.js';
import { decodeClaim, encodeClaim } from './labels-record.js';

interface Codec<Event> {
  readonly name: string;
  readonly events: fc.Arbitrary<Event>;
  readonly encode: (event: Event) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Event;
}

function laws<Event>({ name, events, encode, decode }: Codec<Event>): void {
  describe(`${name} events`, () => {
    it('come back as they were', () => {
      fc.assert(
        fc.property(events, (event) => {
          expect(decode(encode(event))).toEqual(event);
        }),
        { seed: 11, numRuns: 300 },
      );
    });

    it('are refused when cut short or lengthened', () => {
      fc.assert(
        fc.property(events, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (event, share) => {
          const bytes = encode(event);
          const unreadable = expect.objectContaining({ code: 'event/unreadable' }) as unknown;
          expect(() => decode(bytes.subarray(0, Math.floor(share * bytes.length)))).toThrow(unreadable);
          expect(() => decode(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(unreadable);
        }),
        { seed: 12, numRuns: 200 },
      );
    });

    it('give an event or `event/unreadable` for any bytes, never another fault', () => {
      const header = encode(fc.sample(events, { seed: 13, numRuns: 1 })[0]!).subarray(0, 4);
      const damaged = fc
        .tuple(events, fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 6 }))
        .map(([event, changes]) => {
          const bytes = Buffer.from(encode(event));
          for (const [at, value] of changes) bytes[4 + (at % (bytes.length - 4))] = value;
          return bytes;
        });
      const junk = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([header, bytes]));
      fc.assert(
        fc.property(fc.oneof(damaged, junk, fc.uint8Array()), (bytes) => {
          try {
            decode(bytes);
          } catch (cause) {
            expect(cause).toMatchObject({ code: 'event/unreadable' });
          }
        }),
        { seed: 14, numRuns: 2_000 },
      );
    });
  });
}

laws({ name: 'decision', events: decision, encode: avro.encodeDecision, decode: avro.decodeDecision });
laws({
  name: 'impression',
  events: impression,
  encode: avro.encodeImpression,
  decode: avro.decodeImpression,
});
laws({ name: 'play', events: play, encode: avro.encodePlay, decode: avro.decodePlay });
laws({ name: 'label', events: label, encode: avro.encodeLabel, decode: avro.decodeLabel });
laws({ name: 'claim', events: claim, encode: encodeClaim, decode: decodeClaim });
laws({
  name: 'dead-letter',
  events: deadLetter,
  encode: avro.encodeDeadLetter,
  decode: avro.decodeDeadLetter,
});

describe('decisions', () => {
  const [page] = fc.sample(decision, { seed: 1, numRuns: 1 });

  it('are packed from the front of longer buffers, at any alignment', () => {
    const room = new ArrayBuffer(1_001);
    const given: DecisionEvent = {
      ...page!,
      memberVector: new Float32Array(room, 4, 2).fill(0.5),
      slots: {
        count: 2,
        maskBytes: 1,
        titleRevision: Uint32Array.of(5, 6, 7),
        arm: new Uint8Array(room, 101, 9).fill(3),
        propensity: Float32Array.of(0.25, 0.5, 1, 1),
        orderPropensity: Float32Array.of(0.25, 0.5, 1),
        flags: Uint8Array.of(1, 2, 4),
        offered: Uint8Array.of(255, 1, 9),
      },
    };
    // Moved by one byte, so that no column of the bytes to decode is aligned.
    const moved = Buffer.concat([Buffer.of(0), avro.encodeDecision(given)]).subarray(1);
    expect(avro.decodeDecision(moved).slots).toEqual({
      count: 2,
      maskBytes: 1,
      titleRevision: Uint32Array.of(5, 6),
      arm: Uint8Array.of(3, 3),
      propensity: Float32Array.of(0.25, 0.5),
      orderPropensity: Float32Array.of(0.25, 0.5),
      flags: Uint8Array.of(1, 2),
      offered: Uint8Array.of(255, 1),
    });
  });

  it('keep the bytes that were decoded from out of what they give away', () => {
    const bytes = avro.encodeDecision(page!);
    const before = Buffer.from(bytes).toString('hex');
    const decoded = avro.decodeDecision(bytes);
    decoded.memberVector.fill(9);
    decoded.slots.arm.fill(9);
    expect(Buffer.from(bytes).toString('hex')).toBe(before);
  });

  it('are refused when a column is shorter than the page', () => {
    const short: DecisionEvent = { ...page!, slots: { ...page!.slots, count: page!.slots.arm.length + 1 } };
    expect(() => avro.encodeDecision(short)).toThrow(/expected at least/);
  });

  it('are refused when they are not of their type', () => {
    const fractional: DecisionEvent = { ...page!, atMs: 0.5 };
    expect(() => avro.encodeDecision(fractional)).toThrow(/0\.5/);
  });
});
