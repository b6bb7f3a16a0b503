export interface SchemaRegistryOptions {
  /** `http(s)://host:port` of a registry that speaks Confluent's REST API */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Between the log's records and what is on the wire. */
export interface Wire {
  toWire(value: Uint8Array): Uint8Array;
  /** @throws AppError `log/failed` when the registry does not answer about a schema that is new here */
  fromWire(value: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Records go as they are. */
export const PLAIN_WIRE: Wire = { toWire: (value) => value, fromWire: (value) => value };
