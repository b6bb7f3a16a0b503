import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One configuration of one system, played over one stream. */
export interface Result {
  readonly table: string;
  readonly seed: number;
  readonly system: string;
  readonly configuration: string;
  readonly averageReward: number;
  /** CPU seconds of choosing and learning the whole stream, in that system's own process */
  readonly cpuSeconds: number;
  /** the stream it was measured on, and the code or version it was measured with: others' results do not count */
  readonly stamp: string;
}

export type ResultKey = Pick<Result, 'table' | 'seed' | 'system' | 'configuration' | 'stamp'>;

/** Results on disk, one JSON line each, so that a long campaign can stop anywhere and go on. A last line cut short by a crash is measured again. */
export class Results {
  readonly #path: string;
  readonly #known = new Map<string, Result>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    const lines = readFileSync(path, 'utf8').split('\n');
    if (lines.at(-1) !== '') appendFileSync(path, '\n');
    for (const line of lines) {
      const result = parsed(line);
      if (result !== undefined) this.#known.set(keyOf(result), result);
    }
  }

  get(key: ResultKey): Result | undefined {
    return this.#known.get(keyOf(key));
  }

  add(result: Result): void {
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
    this.#known.set(keyOf(result), result);
  }
}

function keyOf({ table, seed, system, configuration, stamp }: ResultKey): string {
  return JSON.stringify([table, seed, system, configuration, stamp]);
}

function parsed(line: string): Result | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Result);
  } catch {
    return undefined;
  }
}
