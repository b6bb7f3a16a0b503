import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type {
  EventReport,
  EventsResponse,
  Explanation,
  HomeRequest,
  HomeResponse,
  PutResponse,
} from '../client/types.js';
import type { PolicyName } from '../bandit/policy.js';
import { SERVER_CORE, startProcess, type RunningProcess } from './processes.js';

export interface ServiceOptions {
  readonly policy: PolicyName;
  /** starts the service in the foreground; `--config <file>` is added. Default: this checkout's own `start` */
  readonly startCommand?: readonly string[] | undefined;
  /** default: the server's own core */
  readonly core?: number | 'any';
  /** beside the benchmark's own: over its configuration, section by section */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** The real service in its own process, on its own core, with a data directory of its own. */
export class BenchService {
  private constructor(
    readonly policy: PolicyName,
    readonly baseUrl: string,
    private running: RunningProcess,
    private readonly command: readonly string[],
    private readonly directory: string,
    private readonly core: number | 'any',
  ) {}

  static async start(options: ServiceOptions): Promise<BenchService> {
    const { policy, settings, core = SERVER_CORE } = options;
    const directory = await mkdtemp(join(tmpdir(), 'marquee-bench-'));
    const configFile = join(directory, 'marquee.json');
    const port = await freePort();
    const config = {
      server: { host: '127.0.0.1', port },
      data: { directory: join(directory, 'data') },
      log: { level: 'warn' },
      experiment: experimentOf(options),
      ...settings,
    };
    await writeFile(configFile, JSON.stringify(config));
    const command = serviceCommand(options, configFile);
    const running = startProcess({ command, core });
    const service = new BenchService(policy, `http://127.0.0.1:${port}`, running, command, directory, core);
    await service.ready();
    return service;
  }

  get process(): RunningProcess {
    return this.running;
  }

  /** The same data directory, a new process. */
  async restart(): Promise<void> {
    await this.running.stop();
    this.running = startProcess({ command: this.command, core: this.core });
    await this.ready();
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  home(request: HomeRequest): Promise<HomeResponse> {
    return this.call<HomeResponse>('POST', '/v1/home', request);
  }

  explanation(requestId: string, slot: number): Promise<Explanation> {
    return this.call<Explanation>('GET', `/v1/decisions/${requestId}/slots/${slot}`);
  }

  events(events: readonly EventReport[]): Promise<EventsResponse> {
    return this.call<EventsResponse>('POST', '/v1/events', { events });
  }

  async put(what: 'titles' | 'rows' | 'members', items: readonly object[], atOnce = 500): Promise<void> {
    // Rows replace the page as a whole; the others come in parts.
    const step = what === 'rows' ? items.length : atOnce;
    for (let at = 0; at < items.length; at += step) {
      const { rejected } = await this.call<PutResponse>('PUT', `/v1/${what}`, {
        [what]: items.slice(at, at + step),
      });
      if (rejected.length > 0)
        throw new Error(`${rejected.length} ${what} rejected, the first: ${rejected[0]!.message}`);
    }
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.baseUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(
        `${method} ${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
      );
    return (await response.json()) as T;
  }

  private ready(): Promise<void> {
    return untilReady(this.running, this.baseUrl);
  }
}

export function experimentOf({ policy }: ServiceOptions) {
  return { id: 'bench', randomSlice: 0, variants: [{ id: policy, weight: 1, policy }] };
}

/** Resolves when a process's service answers that it is ready. */
export async function untilReady(running: RunningProcess, baseUrl: string): Promise<void> {
  // It never ends while it is well; when it does, what it printed says why.
  const ended = running.output().then(() => {
    throw new Error('the service ended while it was waited for');
  });
  ended.catch(() => undefined);
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const response = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
    await Promise.race([delay(100), ended]);
  }
  throw new Error(`${baseUrl}/readyz did not answer 200 within 60 s`);
}

export function serviceCommand({ startCommand }: ServiceOptions, configFile: string): string[] {
  return [...(startCommand ?? ownStart()), '--config', configFile];
}

function ownStart(): string[] {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return [
    process.execPath,
    ...process.execArgv,
    fileURLToPath(new URL(`../src/main.${ending}`, import.meta.url)),
    'start',
  ];
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
