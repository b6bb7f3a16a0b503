import avsc, { type Schema } from 'avsc';
import { AppError, shown } from '../../core/errors.js';
import type { EventSchemas } from './schemas.js';

/**
 * Bytes of one event: a header of four bytes, then Avro binary.
 *
 *   0  magic 0xA4   1  schema id   2–3  version, little-endian, from 1
 *
 * The newest version is written. An older one is read by Avro's schema resolution (the old writer's schema resolved to the newest reader's);
 * a newer one than this code knows is refused: whoever writes a new version upgrades the readers first.
 */
export interface VersionedCodec {
  /** @param sizeHintBytes expected size of the Avro part; a wrong hint only costs a second pass */
  encode(wire: object, sizeHintBytes: number): Buffer;
  /** @throws AppError `event/unreadable` */
  decode(bytes: Uint8Array): unknown;
  /** number of versions known; the newest is the one written */
  readonly newestVersion: number;
}

const MAGIC = 0xa4;
const HEADER_BYTES = 4;

/** @throws Error when two of the versions cannot be resolved: a mistake in schemas.ts, found on load */
export function versionedCodec(schemas: EventSchemas): VersionedCodec {
  const registered = schemas.versions.map((schema: Schema) => avsc.Type.forSchema(schema));
  const newest = registered[registered.length - 1]!;
  const newestVersion = registered.length;
  const resolvers = registered.map((writer) =>
    writer === newest ? undefined : newest.createResolver(writer),
  );
  return {
    newestVersion,
    encode: (wire, sizeHintBytes) => encodeWith(newest, schemas, newestVersion, wire, sizeHintBytes),
    decode(bytes) {
      const version = readHeader(schemas, newestVersion, bytes);
      const body = Buffer.from(
        bytes.buffer,
        bytes.byteOffset + HEADER_BYTES,
        bytes.byteLength - HEADER_BYTES,
      );
      try {
        return newest.fromBuffer(body, resolvers[version - 1]) as unknown;
      } catch (cause) {
        throw unreadable(schemas, `its ${body.length} Avro bytes do not parse as version ${version}`, cause);
      }
    },
  };
}

/**
 * Small events are written here first and copied out at their size: a buffer that is large enough for certain would be half empty, and a new pool of memory
 * for every dozen events costs more than writing them.
 */
const scratch = Buffer.allocUnsafeSlow(4_096);

function encodeWith(
  type: avsc.Type,
  schemas: EventSchemas,
  version: number,
  wire: object,
  sizeHintBytes: number,
): Buffer {
  const isSmall = HEADER_BYTES + sizeHintBytes <= scratch.length;
  let buffer = isSmall ? scratch : Buffer.allocUnsafe(HEADER_BYTES + sizeHintBytes);
  let end: number;
  try {
    end = type.encode(wire, buffer, HEADER_BYTES);
    if (end < 0) {
      // avsc answers with minus the number of bytes that were missing.
      buffer = Buffer.allocUnsafe(buffer.length - end);
      end = type.encode(wire, buffer, HEADER_BYTES);
    }
  } catch (cause) {
    throw new AppError(
      'internal',
      `${schemas.name} event cannot be written: ${messageOf(cause)}; expected the fields of version ${version}`,
      undefined,
      cause,
    );
  }
  buffer[0] = MAGIC;
  buffer[1] = schemas.id;
  buffer.writeUInt16LE(version, 2);
  const written = buffer.subarray(0, end);
  return buffer === scratch ? Buffer.from(written) : written;
}

function readHeader(schemas: EventSchemas, newestVersion: number, bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES || bytes[0] !== MAGIC || bytes[1] !== schemas.id) {
    const head = Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString('hex');
    const wanted = Buffer.of(MAGIC, schemas.id).toString('hex');
    throw unreadable(schemas, `it begins with ${shown(head)}; expected ${shown(wanted)} and a version`);
  }
  const version = bytes[2]! | (bytes[3]! << 8);
  if (version < 1 || version > newestVersion) {
    const why = `it has version ${version}; expected 1–${newestVersion}`;
    throw unreadable(schemas, why, undefined, { isNewer: version > newestVersion });
  }
  return version;
}

/** The one way to say that bytes are not an event. */
export function unreadable(
  schemas: EventSchemas,
  why: string,
  cause?: unknown,
  detail?: { readonly isNewer: boolean },
): AppError {
  return new AppError('event/unreadable', `${schemas.name} event cannot be read: ${why}`, detail, cause);
}

/** Was it written by code that is newer than this? Then it is no rubbish: whoever passed over it would lose it. */
export function isOfNewerVersion(error: unknown): boolean {
  return error instanceof AppError && error.detail?.['isNewer'] === true;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
