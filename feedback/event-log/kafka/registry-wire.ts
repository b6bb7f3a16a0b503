import type * as RegistryClient from '@kafkajs/confluent-schema-registry';
import type { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avsc, { type Schema } from 'avsc';
import { AppError } from '../../../core/errors.js';
import { EVENT_SCHEMAS, type EventSchemas } from '../../events/schemas.js';
import type { Topic } from '../event-log.js';
import { failed } from './kafka-settings.js';
import type { SchemaRegistryOptions, Wire } from './wire.js';

/** Ours: magic 0xA4, kind, version (u16); the registry's: magic 0, schema id (u32, big-endian). Avro binary follows either. */
const OUR_MAGIC = 0xa4;
const OUR_HEADER_BYTES = 4;
const REGISTRY_HEADER_BYTES = 5;

const TOPIC_OF: Readonly<Record<keyof typeof EVENT_SCHEMAS, Topic>> = {
  decision: 'decisions',
  impression: 'impressions',
  play: 'plays',
  label: 'labels',
  claim: 'labels',
  deadLetter: 'dead-letter',
  personalizerRank: 'personalizer',
  personalizerReward: 'personalizer',
  personalizerActivation: 'personalizer',
  personalizerCommand: 'personalizer',
};

/**
 * Registers every version of every event under `<topic>-<record name>` (TopicRecordNameStrategy: a topic may hold several kinds), then writes Confluent's
 * wire format and reads it back, so that other Avro consumers can read the topics and others' compatibility rules apply. A record whose schema this code
 * does not know (a newer writer's) is fetched from the registry and resolved to the newest version known here: older readers go on. Records
 * from before a registry was used, bytes that are no events, and those of a schema that the registry does not have either, pass as they are.
 *
 * @param topicOf name of a topic on the cluster
 * @throws AppError `log/failed` when the registry does not answer or finds a schema incompatible; `config/bad-value` when its client is not installed
 */
export async function registryWire(
  options: SchemaRegistryOptions,
  topicOf: (topic: Topic) => string,
): Promise<Wire> {
  const registry = await openRegistry(options);
  const wire = new RegistryWire(registry);
  for (const [kind, schemas] of Object.entries(EVENT_SCHEMAS) as [
    keyof typeof EVENT_SCHEMAS,
    EventSchemas,
  ][]) {
    for (const [i, schema] of schemas.versions.entries()) {
      const subject = `${topicOf(TOPIC_OF[kind])}-${nameOf(schema)}`;
      wire.know(schemas, i + 1, await register(registry, schema, subject));
    }
  }
  return wire;
}

class RegistryWire implements Wire {
  readonly #idOf = new Map<number, number>();
  readonly #headerOf = new Map<number, Buffer>();
  readonly #translations = new Map<number, Promise<Translation>>();

  constructor(private readonly registry: SchemaRegistry) {}

  know({ id: kind }: EventSchemas, version: number, registryId: number): void {
    this.#idOf.set((kind << 16) | version, registryId);
    this.#headerOf.set(registryId, ourHeader(kind, version));
  }

  toWire(value: Uint8Array): Uint8Array {
    const id =
      value[0] === OUR_MAGIC && value.length >= OUR_HEADER_BYTES
        ? this.#idOf.get((value[1]! << 16) | value[2]! | (value[3]! << 8))
        : undefined;
    if (id === undefined) return value;
    const header = Buffer.alloc(REGISTRY_HEADER_BYTES);
    header.writeUInt32BE(id, 1);
    return Buffer.concat([header, value.subarray(OUR_HEADER_BYTES)]);
  }

  fromWire(value: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (value[0] !== 0 || value.length < REGISTRY_HEADER_BYTES) return value;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const id = bytes.readUInt32BE(1);
    const body = bytes.subarray(REGISTRY_HEADER_BYTES);
    const header = this.#headerOf.get(id);
    if (header !== undefined) return Buffer.concat([header, body]);
    return this.#translation(id).then((translate) => translate(body) ?? value);
  }

  #translation(id: number): Promise<Translation> {
    const known = this.#translations.get(id);
    if (known !== undefined) return known;
    const asked = asking(`schema ${id} could not be read`, () => this.#ask(id));
    this.#translations.set(id, asked);
    // Asked again next time: the registry may be back, and ids that nobody gave are without number.
    const forget = (): boolean => this.#translations.delete(id);
    asked.then((translate) => translate === AS_IT_IS && forget(), forget);
    return asked;
  }

  async #ask(id: number): Promise<Translation> {
    try {
      return translationOf((await this.registry.getSchema(id)) as unknown as avsc.Type);
    } catch (error) {
      if (isUnknown(error)) return AS_IT_IS;
      throw error;
    }
  }
}

/** What the registry answers about an id that it never gave. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 404;
}

/** A record's body as one of ours; undefined: it cannot be, and ends in the dead letters. */
type Translation = (body: Buffer) => Buffer | undefined;

const AS_IT_IS: Translation = () => undefined;

/** Bytes of a schema that is not ours, as our newest version of the record of that name. */
function translationOf(writer: avsc.Type): Translation {
  const schemas = Object.values(EVENT_SCHEMAS).find(({ versions }) => nameOf(versions[0]) === writer.name);
  if (schemas === undefined) return () => undefined;
  const reader = avsc.Type.forSchema(schemas.versions.at(-1) as Schema);
  try {
    const resolver = reader.createResolver(writer);
    const header = ourHeader(schemas.id, schemas.versions.length);
    return (body) => {
      try {
        return Buffer.concat([header, reader.toBuffer(reader.fromBuffer(body, resolver))]);
      } catch {
        return undefined;
      }
    };
  } catch {
    return () => undefined;
  }
}

function ourHeader(kind: number, version: number): Buffer {
  const header = Buffer.of(OUR_MAGIC, kind, 0, 0);
  header.writeUInt16LE(version, 2);
  return header;
}

/** full name, with the namespace */
function nameOf(schema: Schema): string {
  return avsc.Type.forSchema(schema).name ?? '';
}

async function openRegistry({ url, username, password }: SchemaRegistryOptions): Promise<SchemaRegistry> {
  let client: typeof RegistryClient;
  try {
    client = await import('@kafkajs/confluent-schema-registry');
  } catch (cause) {
    throw new AppError(
      'config/bad-value',
      'a schema registry is configured and @kafkajs/confluent-schema-registry is not installed; expected it beside this service',
      undefined,
      cause,
    );
  }
  return new client.SchemaRegistry({
    host: url,
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' } }),
  });
}

async function register(registry: SchemaRegistry, schema: Schema, subject: string): Promise<number> {
  const { SchemaType } = await import('@kafkajs/confluent-schema-registry');
  const { id } = await asking(`a schema of ${subject} could not be registered`, () =>
    registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, { subject }),
  );
  return id;
}

async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw failed(what, cause);
  }
}
