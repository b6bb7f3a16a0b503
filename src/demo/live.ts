import { fork, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFilms } from '../../demo/catalogue/films.js';
import type { LiveProgress } from '../../demo/live.js';
import type { SimulatorConfig, SimulatorMessage, SimulatorReport } from '../../demo/simulator.js';
import type { Marquee } from '../compose.js';
import { plainKey } from '../identity/configured-keys.js';
import { SCOPES } from '../identity/scopes.js';
import { onSignal, startService } from '../start.js';
import { EXPERIMENT, type ConfigWith } from './experiment.js';
import { compared, resultsTable } from './results.js';

export interface LiveDemoOptions {
  readonly seed: number;
  readonly members: number;
  readonly rate: number;
  readonly seconds?: number;
}

/** Starts the service on a fresh directory and, in a process of their own, the simulated members who visit it. */
export async function liveDemo(options: LiveDemoOptions, configWith: ConfigWith): Promise<void> {
  const directory = join(configWith({}).data.directory, 'demo');
  rmSync(directory, { recursive: true, force: true });
  const config = configWith({ data: { directory }, experiment: EXPERIMENT, log: { level: 'warn' } });
  say('starting the service…');
  const marquee = await startService(config);
  const address = `http://localhost:${portOf(marquee)}`;
  say(`loading ${readFilms().length} real films and ${options.members} simulated members…`);
  const apiKey = plainKey(config.auth, SCOPES);
  const simulator = startSimulator({
    baseUrl: address,
    seed: options.seed,
    members: options.members,
    visitsPerSecond: options.rate,
    ...(apiKey !== undefined && { apiKey }),
  });
  say(`\n  Open ${address}  — a homepage that learns. Ctrl-C ends it; + and - change the speed.\n`);
  onSpeedKeys(options.rate, (visitsPerSecond) => tell(simulator, { type: 'speed', visitsPerSecond }));
  let last: LiveProgress | undefined;
  simulator.on('message', (report: SimulatorReport) => {
    if (report.type === 'progress') {
      showProgress(report.progress, last === undefined);
      last = report.progress;
    }
    if (report.type === 'failed') say(`the simulated members stopped: ${report.message}`);
  });
  const end = (): void => {
    if (simulator.connected) simulator.disconnect();
    if (last) say(`\n${resultsTable(last.results)}`);
  };
  onSignal(end);
  if (options.seconds !== undefined)
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), options.seconds * 1000);
}

/** + and - double and halve the visits per second, where there is a terminal to press them in. */
function onSpeedKeys(rate: number, set: (visitsPerSecond: number) => void): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  stdin.on('data', (key) => {
    const pressed = key.toString();
    if (pressed === '\u0003') process.kill(process.pid, 'SIGINT');
    if (pressed !== '+' && pressed !== '-') return;
    rate = Math.min(1000, Math.max(1, pressed === '+' ? rate * 2 : Math.round(rate / 2)));
    set(rate);
    say(`\n${rate} simulated visits a second`);
  });
}

function startSimulator(config: SimulatorConfig): ChildProcess {
  const child = fork(
    new URL(`../../demo/simulator${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  );
  tell(child, { type: 'start', config });
  return child;
}

/** The simulated members may have gone already: then there is nobody to tell. */
function tell(simulator: ChildProcess, message: SimulatorMessage): void {
  if (simulator.connected) simulator.send(message);
}

function portOf({ server }: Marquee): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function showProgress({ visits, results, failures }: LiveProgress, first: boolean): void {
  const fractions = compared(results)
    .map((r) => `${r.policy} ${(100 * r.takeFraction).toFixed(1)} %`)
    .join(' · ');
  const line = `${visits} simulated visits · ${fractions}${failures > 0 ? ` · ${failures} failures` : ''}`;
  if (process.stdout.isTTY) process.stdout.write(`${first ? '' : '\r\x1b[2K'}${line}`);
  else if (visits % 1000 < 50) say(line);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
