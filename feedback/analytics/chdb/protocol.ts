/** What the parent and the engine process say to each other, by structured clone. Ids are the parent's; every call is answered once. */

export type EngineRequest =
  | { readonly kind: 'open'; readonly settings: EngineSettings }
  | (EngineCall & { readonly id: number })
  /** finish what runs, let go of the path, exit */
  | { readonly kind: 'close' };

export type EngineCall =
  /** `rows` are UTF-8 lines of the format */
  | {
      readonly kind: 'insert';
      readonly table: string;
      readonly columns: readonly string[] | undefined;
      readonly format: 'JSONEachRow' | 'JSONCompactEachRow';
      readonly rows: Uint8Array;
    }
  | {
      readonly kind: 'query';
      readonly reader: number;
      readonly sql: string;
      readonly parameters: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'command'; readonly sql: string };

export type EngineReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'open-failed'; readonly message: string }
  /** `rows` are lines of JSONEachRow, empty for an insert or a command */
  | { readonly kind: 'done'; readonly id: number; readonly rows: string }
  /** ClickHouse refused: its own message */
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };

export interface EngineSettings {
  readonly path: string;
  readonly readers: number;
  readonly threads: number;
  readonly queryTimeoutMs: number;
  readonly memoryLimitBytes: number;
  readonly maxResultRows: number;
  readonly maxResultBytes: number;
  /** how long to wait for another process to let go of the path */
  readonly openTimeoutMs: number;
  /** how long running calls get to finish once the parent is gone */
  readonly drainTimeoutMs: number;
  /** 0 (as the parent) … 19 (only when nobody else wants the processor) */
  readonly niceness: number;
}
