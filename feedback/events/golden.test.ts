import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as avro from './avro.js';
import { decodeClaim, encodeClaim } from './labels-record.js';
import * as personalizer from './personalizer-events.js';
import { EVENT_SCHEMAS } from './schemas.js';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
const goldenBytes = (name: string): Buffer =>
  Buffer.from(fixture(`${name}.hex`).replaceAll(/\s/g, ''), 'hex');

/** JSON has no typed arrays: an event is compared with each of its columns as numbers. */
const asJson = (event: object): unknown =>
  JSON.parse(
    JSON.stringify(event, (_key, value: unknown) =>
      ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value,
    ),
  );

// One codec per kind; `rewrite` decodes and encodes again.
const kinds = {
  decision: {
    decode: avro.decodeDecision,
    rewrite: (b: Uint8Array) => avro.encodeDecision(avro.decodeDecision(b)),
  },
  impression: {
    decode: avro.decodeImpression,
    rewrite: (b: Uint8Array) => avro.encodeImpression(avro.decodeImpression(b)),
  },
  play: { decode: avro.decodePlay, rewrite: (b: Uint8Array) => avro.encodePlay(avro.decodePlay(b)) },
  label: { decode: avro.decodeLabel, rewrite: (b: Uint8Array) => avro.encodeLabel(avro.decodeLabel(b)) },
  deadLetter: {
    decode: avro.decodeDeadLetter,
    rewrite: (b: Uint8Array) => avro.encodeDeadLetter(avro.decodeDeadLetter(b)),
  },
  claim: { decode: decodeClaim, rewrite: (b: Uint8Array) => encodeClaim(decodeClaim(b)) },
  personalizerRank: {
    decode: personalizer.decodeRank,
    rewrite: (b: Uint8Array) => personalizer.encodeRank(personalizer.decodeRank(b)),
  },
  personalizerReward: {
    decode: personalizer.decodeReward,
    rewrite: (b: Uint8Array) => personalizer.encodeReward(personalizer.decodeReward(b)),
  },
  personalizerActivation: {
    decode: personalizer.decodeActivation,
    rewrite: (b: Uint8Array) => personalizer.encodeActivation(personalizer.decodeActivation(b)),
  },
  personalizerCommand: {
    decode: personalizer.decodeCommand,
    rewrite: (b: Uint8Array) => personalizer.encodeCommand(personalizer.decodeCommand(b)),
  },
};

/** What a field says of an event that was written before there was the field. */
const ADDED_SINCE: Readonly<Record<string, object>> = {
  'decision.v1': { rowPropensities: [], rowSwaps: [], columnExamination: [], rowExamination: [] },
  'label.v1': {
    rowIndex: 0,
    examination: 1,
    swaps: [],
    neighbourRewards: [],
    ownerEpoch: 0,
    ownerSequence: 0,
  },
  'label.v2': { ownerEpoch: 0, ownerSequence: 0 },
};

describe('golden events', () => {
  it('exist for every version of every kind, and for nothing else', () => {
    const wanted = Object.values(EVENT_SCHEMAS).flatMap(({ name, versions }) =>
      versions.flatMap((_, i) => [`${name}.v${i + 1}.hex`, `${name}.v${i + 1}.json`]),
    );
    expect(readdirSync(new URL('./fixtures', import.meta.url)).sort()).toEqual(wanted.sort());
  });

  for (const [kind, { name, versions }] of Object.entries(EVENT_SCHEMAS)) {
    const { decode, rewrite } = kinds[kind as keyof typeof kinds];
    versions.forEach((_, i) => {
      it(`${name} version ${i + 1} reads as it was written`, () => {
        const golden = `${name}.v${i + 1}`;
        expect(asJson(decode(goldenBytes(golden)))).toEqual({
          ...ADDED_SINCE[golden],
          ...(JSON.parse(fixture(`${golden}.json`)) as object),
        });
      });
    });
    it(`${name} in its newest version is written again bit for bit`, () => {
      const golden = goldenBytes(`${name}.v${versions.length}`);
      expect(Buffer.from(rewrite(golden)).toString('hex')).toBe(golden.toString('hex'));
    });
  }

  it('an impression is what the Avro specification says it is', () => {
    // Avro 1.11, "Binary Encoding": a string is its length, zig-zag varint, then UTF-8; int and long are zig-zag varints.
    const text = (s: string): Buffer => Buffer.concat([Buffer.of(Buffer.byteLength(s) * 2), Buffer.from(s)]);
    const long = (n: bigint): Buffer => {
      const bytes: number[] = [];
      let rest = n * 2n;
      for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
      return Buffer.from([...bytes, Number(rest)]);
    };
    const byHand = Buffer.concat([
      Buffer.of(0xa4, 2, 1, 0),
      text('01HGW2BBG0000000000000000A/1'),
      text('01HGW2BBG0000000000000000A'),
      text('member-åsa'),
      long(1n),
      long(1_700_000_001_000n),
      long(1_700_000_001_250n),
    ]);
    expect(byHand.toString('hex')).toBe(goldenBytes('impression.v1').toString('hex'));
  });
});
