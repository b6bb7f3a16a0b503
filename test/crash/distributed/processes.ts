import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig, type Config } from '../../../src/config.js';
import { serviceCode } from '../../support/service-code.js';
import { crashSettings } from '../crash-settings.js';
import { VictimProcess } from '../victim-process.js';
import type { Servers } from './servers.js';

export const PROCESSES = ['serve-1', 'serve-2', 'learn-1', 'learn-2', 'sink'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** What the processes share but their roles and directories. */
export const PARTITIONS = 4;
/** the least that brokers take */
export const SESSION_TIMEOUT_MS = 6_000;
/** What is unready for so long is started again, as whoever runs it would. */
const UNREADY_LIMIT_MS = 3_000;
const POLL_MS = 200;

interface Running {
  readonly victim: VictimProcess;
  readonly port: number;
}

/** Two serving processes, two learners and a sink, and somebody who starts them again when they have ended. */
export class Processes {
  readonly #running = new Map<ProcessName, Running>();
  readonly #code = serviceCode();
  /** because it had ended, or was unready for long */
  restarts = 0;

  constructor(
    readonly directory: string,
    readonly servers: Servers,
  ) {}

  config(name: ProcessName): Config {
    return loadConfig({ file: this.#settingsFile(name), environment: {} });
  }

  victim(name: ProcessName): VictimProcess {
    return this.#running.get(name)!.victim;
  }

  port(name: ProcessName): number {
    return this.#running.get(name)!.port;
  }

  async start(name: ProcessName): Promise<void> {
    const victim = new VictimProcess(this.#code, this.#settingsFile(name));
    try {
      this.#running.set(name, { victim, port: await victim.ready() });
    } catch (error) {
      victim.signal('SIGKILL');
      throw error;
    }
  }

  async kill(name: ProcessName): Promise<void> {
    const { victim } = this.#running.get(name)!;
    victim.signal('SIGKILL');
    await victim.exited;
  }

  /** Starts what has ended, and what has been unready for a while. Resolves when all are ready. */
  async heal(): Promise<void> {
    await Promise.all(PROCESSES.map((name) => this.#heal(name)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ victim }) => victim.stopped()));
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
  }

  async #heal(name: ProcessName): Promise<void> {
    const running = this.#running.get(name);
    if (running !== undefined && !running.victim.hasEnded) {
      for (let waitedMs = 0; waitedMs < UNREADY_LIMIT_MS; waitedMs += POLL_MS) {
        if (await isReady(running.port)) return;
        await wait(POLL_MS);
      }
      await this.kill(name);
    }
    this.restarts++;
    await this.start(name);
  }

  #settingsFile(name: ProcessName): string {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    const path = join(this.directory, `${name}.json`);
    writeFileSync(path, JSON.stringify(settings(name, directory, this.servers)));
    return path;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function settings(name: ProcessName, directory: string, servers: Servers) {
  const role = name.replace(/-\d$/, '');
  return {
    ...crashSettings(directory),
    roles: role === 'sink' ? ['sink', 'dashboards'] : [role],
    secrets: {
      tokenKey: 'of the crash campaign: signs its tokens',
      drawKey: 'of the crash campaign: deals pictures',
    },
    eventLog: {
      adapter: 'kafka',
      partitions: PARTITIONS,
      kafka: {
        brokers: [servers.broker],
        replicationFactor: 1,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: 10_000,
        heartbeatIntervalMs: 500,
        maxRetryTimeMs: 5_000,
      },
    },
    store: { adapter: 'redis', redis: { urls: [servers.redisUrl] } },
    analytics: { adapter: 'clickhouse', clickhouse: { url: servers.clickhouseUrl } },
  };
}
