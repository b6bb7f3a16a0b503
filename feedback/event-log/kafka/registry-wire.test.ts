import avsc from 'avsc';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { asId, type EventId, type MemberId, type RequestId } from '../../../core/ids.js';
import { decodeImpression, encodeImpression } from '../../events/avro.js';
import { EVENT_SCHEMAS } from '../../events/schemas.js';
import { startRegistryFront, type RegistryFront } from './registry.fixture.js';
import { registryWire } from './registry-wire.js';

const IMPRESSION = {
  eventId: asId<EventId>('e'),
  requestId: asId<RequestId>('r'),
  memberId: asId<MemberId>('m'),
  slot: 3,
  atMs: 5,
  receivedAtMs: 6,
};
let registry: RegistryFront;
beforeEach(async () => {
  registry = await startRegistryFront();
});
afterEach(() => registry.close());

const opened = (): ReturnType<typeof registryWire> =>
  registryWire({ url: registry.url }, (topic) => `p.${topic}`);
const impressionId = (): number => registry.subjects.get('p.impressions-marquee.Impression')!.at(-1)!;

it('registers every version of every kind below its topic and record', async () => {
  await opened();
  expect([...registry.subjects.keys()].sort()).toEqual([
    'p.dead-letter-marquee.DeadLetter',
    'p.decisions-marquee.Decision',
    'p.impressions-marquee.Impression',
    'p.labels-marquee.Claim',
    'p.labels-marquee.Label',
    'p.personalizer-marquee.PersonalizerActivation',
    'p.personalizer-marquee.PersonalizerCommand',
    'p.personalizer-marquee.PersonalizerRank',
    'p.personalizer-marquee.PersonalizerReward',
    'p.plays-marquee.Play',
  ]);
  expect(registry.subjects.get('p.labels-marquee.Label')).toHaveLength(EVENT_SCHEMAS.label.versions.length);
});

it('writes what any Avro consumer of the registry reads, and reads it back bit for bit', async () => {
  const wire = await opened();
  const ours = encodeImpression(IMPRESSION);
  const sent = Buffer.from(wire.toWire(ours));
  // Confluent's wire format: a zero byte, the schema id in four, Avro binary
  expect([sent[0], sent.readUInt32BE(1)]).toEqual([0, impressionId()]);
  const reader = avsc.Type.forSchema(EVENT_SCHEMAS.impression.versions[0]);
  expect(reader.fromBuffer(sent.subarray(5))).toMatchObject({
    eventId: asId<EventId>('e'),
    slot: 3,
    atMs: 5,
  });
  expect(wire.fromWire(sent)).toEqual(Buffer.from(ours));
});

it('reads a record of a newer schema as the newest it knows', async () => {
  const wire = await opened();
  const { fields, ...record } = EVENT_SCHEMAS.impression.versions[0];
  const newer = { ...record, fields: [...fields, { name: 'shownMs', type: 'long', default: 0 }] };
  const id = registry.add(newer);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  const body = avsc.Type.forSchema(newer).toBuffer({ ...IMPRESSION, shownMs: 900 });
  const read = await wire.fromWire(Buffer.concat([header, body]));
  expect(decodeImpression(read)).toEqual(IMPRESSION);
});

it('passes what is no event of ours as it is', async () => {
  const wire = await opened();
  for (const bytes of [Buffer.alloc(0), Buffer.of(1, 2, 3), Buffer.of(0xa4, 99, 1, 0, 7)]) {
    expect(wire.toWire(bytes)).toBe(bytes);
    expect(wire.fromWire(bytes)).toBe(bytes);
  }
});

it('passes what says a schema that the registry does not have as it is, asking again each time', async () => {
  const wire = await opened();
  const poison = Buffer.of(0, 0, 0, 9, 9, 1);
  await expect(wire.fromWire(poison)).resolves.toBe(poison);
  await expect(wire.fromWire(poison)).resolves.toBe(poison);
  await registry.close();
  await expect(wire.fromWire(poison)).rejects.toMatchObject({ code: 'log/failed' });
  registry = await startRegistryFront();
});

it('fails as log/failed when the registry is away', async () => {
  await registry.close();
  await expect(opened()).rejects.toMatchObject({ code: 'log/failed' });
});
