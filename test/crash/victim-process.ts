import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceCode } from '../support/service-code.js';

const VICTIM = fileURLToPath(new URL('./victim.mjs', import.meta.url));
/** Beyond it a start, an answer, or an end in order has failed: it takes seconds, minutes where the machine is busy with other things. */
const PATIENCE_MS = 180_000;

/** What a process has learned: the hash of its statistics, and of which partitions they are. */
export interface Learned {
  readonly partitions: readonly number[];
  readonly hash: string;
}

export type VictimQuestion = { readonly kind: 'learned' } | { readonly kind: 'query'; readonly sql: string };
export type VictimAnswer =
  | { readonly kind: 'ready'; readonly port: number }
  /** everything in the log is learned and in the tables, as far as it is this process's to do */
  | ({ readonly kind: 'learned' } & Learned)
  | { readonly kind: 'rows'; readonly rows: readonly Record<string, unknown>[] }
  | { readonly kind: 'fault'; readonly message: string };

/** A service process, from its fork on: it may be killed before it has started. */
export class VictimProcess {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  #printed = '';

  /** @param settingsFile YAML or JSON, as `--config` takes it */
  constructor(code: ServiceCode, settingsFile: string) {
    const modules = ['start', 'config'].map((name) => join(code.root, 'src', `${name}${code.extension}`));
    this.#child = fork(VICTIM, [settingsFile, ...modules], {
      execArgv: [...code.execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-4_000);
      });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** what it has printed last: warnings and worse */
  get printed(): string {
    return this.#printed;
  }

  /** @returns its port. @throws Error with what it printed when it ends instead */
  async ready(): Promise<number> {
    const said = await this.#hear('ready');
    return said.port;
  }

  /** Asks it to stop and waits until it has. @throws Error with what it printed when it goes on */
  async stopped(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    this.signal('SIGTERM');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    const ended = await Promise.race([this.exited, late]);
    clearTimeout(timer);
    if (ended !== undefined) return ended;
    this.signal('SIGKILL');
    throw new Error(`told to stop, it still ran after ${PATIENCE_MS} ms; it printed last:\n${this.#printed}`);
  }

  /** @returns what it has learned, once everything in the log is learned and in the tables */
  async learned(): Promise<Learned> {
    return this.#ask({ kind: 'learned' }, 'learned');
  }

  async query<Row>(sql: string): Promise<readonly Row[]> {
    return (await this.#ask({ kind: 'query', sql }, 'rows')).rows as readonly Row[];
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The process of the embedded ClickHouse; undefined while there is none. */
  enginePid(): number | undefined {
    return childrenOf(this.#child.pid!).find((pid) => commandLine(pid).includes('analytics/chdb/engine'));
  }

  #ask<Kind extends VictimAnswer['kind']>(
    question: VictimQuestion,
    kind: Kind,
  ): Promise<Extract<VictimAnswer, { kind: Kind }>> {
    const answer = this.#hear(kind);
    // One that has ended cannot be told: without a callback that is an event nobody listens to. `exited` says it.
    this.#child.send(question, () => undefined);
    return answer;
  }

  #hear<Kind extends VictimAnswer['kind']>(kind: Kind): Promise<Extract<VictimAnswer, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        settle();
        reject(
          new Error(`the service ${why} instead of saying "${kind}"; it printed last:\n${this.#printed}`),
        );
      };
      const hear = (answer: VictimAnswer): void => {
        if (answer.kind === 'fault') fail(`said ${answer.message}`);
        if (answer.kind !== kind) return;
        settle();
        resolve(answer as Extract<VictimAnswer, { kind: Kind }>);
      };
      const timer = setTimeout(() => fail(`said nothing for ${PATIENCE_MS} ms`), PATIENCE_MS);
      const settle = (): void => {
        clearTimeout(timer);
        this.#child.off('message', hear);
      };
      this.#child.on('message', hear);
      void this.exited.then(({ code, signal }) => fail(`ended with ${signal ?? code}`));
    });
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
