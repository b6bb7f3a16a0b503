/**
 * The simulated members as a process of their own, so that they never share a thread with the service they visit. Started with
 * `child_process.fork`; everything it needs comes by message, so that no key shows up in a process list:
 *
 *   parent → { type: 'start', config } once, then { type: 'speed', visitsPerSecond } whenever it changes, { type: 'stop' }
 *   child  → { type: 'ready' }, { type: 'progress', progress }, { type: 'failed', message }
 *
 * It ends when told to, or when the parent is gone.
 */
import { HttpMarqueeClient } from '../client/index.js';
import { systemClock } from '../core/clock.js';
import { seededRng } from '../core/rng.js';
import { readFilms } from './catalogue/films.js';
import { demoRows } from './catalogue/rows.js';
import { demoTitles } from './catalogue/titles.js';
import { runLive, type LiveProgress } from './live.js';
import { loadDemo } from './run.js';
import { createWorld } from './world/world.js';

export interface SimulatorConfig {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly seed: number;
  /** simulated members; default 4,000 */
  readonly members?: number;
  readonly visitsPerSecond: number;
  /** see LiveOptions.delayScale */
  readonly delayScale?: number;
  /** put the catalogue and the members first; default true */
  readonly load?: boolean;
}

export type SimulatorMessage =
  | { readonly type: 'start'; readonly config: SimulatorConfig }
  | { readonly type: 'speed'; readonly visitsPerSecond: number }
  | { readonly type: 'stop' };

export type SimulatorReport =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: LiveProgress }
  | { readonly type: 'failed'; readonly message: string };

const stop = new AbortController();
let visitsPerSecond = 0;

function report(message: SimulatorReport): void {
  if (process.connected) process.send?.(message);
}

/** The parent may have let go first. */
function leave(): void {
  if (process.connected) process.disconnect();
}

async function simulate(config: SimulatorConfig): Promise<void> {
  visitsPerSecond = config.visitsPerSecond;
  const titles = demoTitles(readFilms());
  const rows = demoRows(titles);
  const { seed } = config;
  const world = createWorld({
    seed,
    titles,
    rows,
    startMs: systemClock.nowMs(),
    ...(config.members !== undefined && { members: config.members }),
  });
  const client = new HttpMarqueeClient({
    baseUrl: config.baseUrl,
    ...(config.apiKey !== undefined && { apiKey: config.apiKey }),
  });
  if (config.load ?? true) await loadDemo(client, { titles, rows, members: world.members });
  await runLive({
    client,
    world,
    clock: systemClock,
    // Each start goes on with other visits: the same ones again would only repeat what was learned from them.
    rng: seededRng(seed).fork(`live ${systemClock.nowMs()}`),
    visitsPerSecond: () => visitsPerSecond,
    signal: stop.signal,
    ...(config.delayScale !== undefined && { delayScale: config.delayScale }),
    onProgress: (progress) => report({ type: 'progress', progress }),
  });
}

process.on('disconnect', () => stop.abort());
process.on('message', (message: SimulatorMessage) => {
  switch (message.type) {
    case 'start':
      simulate(message.config).then(leave, (fault: unknown) => {
        report({ type: 'failed', message: fault instanceof Error ? fault.message : String(fault) });
        process.exitCode = 1;
        leave();
      });
      break;
    case 'speed':
      visitsPerSecond = message.visitsPerSecond;
      break;
    case 'stop':
      stop.abort();
      break;
  }
});
report({ type: 'ready' });
