import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LearnerStats } from '../../feedback/update/learner-options.js';

const SCRIPT = fileURLToPath(new URL('./learn-from-kafka.ts', import.meta.url));

/** What a learner is started with, as JSON. */
export interface LearnerStart {
  readonly broker: string;
  readonly prefix: string;
  readonly partitions: number;
  /** its own store */
  readonly directory: string;
  /** waits so long with every batch; default: not at all */
  readonly slowMs?: number;
}

export interface LearnerReport {
  readonly stats: LearnerStats;
  readonly hash: string;
  /** of the only model */
  readonly trials: number;
  readonly rewardSum: number;
  readonly residentBytes: number;
}

/** A learner in a process of its own. */
export class LearnerProcess {
  readonly #child: ChildProcess;
  #complaints = '';

  constructor(start: LearnerStart) {
    this.#child = fork(SCRIPT, [JSON.stringify(start)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child
      .stderr!.setEncoding('utf8')
      .on('data', (text: string) => (this.#complaints = (this.#complaints + text).slice(-4_000)));
  }

  /** @param drained wait until it has learned all that is its own */
  report({ drained = false } = {}): Promise<LearnerReport> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const onExit = (code: number | null, signal: string | null): void => {
        reject(new Error(`the learner ended with ${code ?? signal}: ${this.#complaints}`));
      };
      child.once('exit', onExit);
      child.once('message', (report) => {
        child.off('exit', onExit);
        resolve(report as LearnerReport);
      });
      child.send({ drained });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}
