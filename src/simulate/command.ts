import { InvalidArgumentError, type Command } from 'commander';
import { MarqueeError } from '../../client/index.js';
import { systemClock } from '../../core/clock.js';
import { configFrom, whole, withCommon, type CommonOptions } from '../command-options.js';
import { plainKey } from '../identity/configured-keys.js';
import { SCOPES } from '../identity/scopes.js';
import { errorsOf, heading, lineOf, type Interval } from './report.js';
import { DEFAULT_DELAY_SCALE } from './simulate-options.js';
import { simulate, type Simulated } from './simulate.js';

interface SimulateCommandOptions extends CommonOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly url?: string;
  readonly metrics?: readonly string[];
  readonly seed: number;
  readonly members: number;
  readonly catalogue: 'synthetic' | 'films';
  readonly titles: number;
  readonly loaded?: boolean;
  readonly batch: number;
  readonly connections: number;
  readonly interval: number;
  readonly settle: number;
  readonly json?: boolean;
}

export interface SimulateOutput {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  setExitCode(code: number): void;
}

/** `marquee simulate` */
export function registerSimulate(program: Command, output: SimulateOutput): void {
  withCommon(program.command('simulate'))
    .description(
      'drive a running service with the pages, impressions and plays of simulated members, at a steady rate',
    )
    .requiredOption('--rate <n>', 'events per second: impressions and plays', whole(1, 1_000_000))
    .option('--seconds <n>', 'for how long', whole(1, 86_400), 60)
    .option('--url <url>', 'the service; default: http://localhost and server.port', address)
    .option('--metrics <urls>', 'where to read the lag, if learners and sinks are other processes', addresses)
    .option('--seed <n>', 'seed of the simulated world', whole(0, 2 ** 31), 1)
    .option('--members <n>', 'simulated members', whole(30, 200_000), 20_000)
    .option('--catalogue <kind>', 'synthetic, or films: the demo’s', kind, 'synthetic')
    .option('--titles <n>', 'of the synthetic catalogue', whole(800, 100_000), 800)
    .option('--loaded', 'catalogue and members of this seed are there already')
    .option('--batch <n>', 'events of one request at most', whole(1, 1000), 500)
    .option('--connections <n>', 'batches under way at once', whole(1, 1000), 16)
    .option('--interval <seconds>', 'between two lines', whole(1, 3600), 10)
    .option('--settle <seconds>', 'how long to wait in the end for the lag to be zero', whole(0, 86_400), 120)
    .option('--json', 'print JSON at the end instead of lines')
    .action(async (options: SimulateCommandOptions) => {
      try {
        await run(options, output);
      } catch (error) {
        // Before the load begins nothing is tried again: the service is not there, or does not take the catalogue.
        if (!(error instanceof MarqueeError)) throw error;
        output.stderr.write(`marquee: ${error.message} (${error.code})\n`);
        output.setExitCode(2);
      }
    });
}

async function run(options: SimulateCommandOptions, output: SimulateOutput): Promise<void> {
  const config = configFrom(options);
  const { url: baseUrl = `http://localhost:${config.server.port}`, metrics, rate, interval, json } = options;
  const say = (line: string): void => void (json === true ? output.stderr : output.stdout).write(`${line}\n`);
  let isFirst = true;
  const simulated = await simulate(
    {
      ...{ baseUrl, apiKey: plainKey(config.auth, SCOPES), metricsUrls: metrics ?? [baseUrl] },
      ...{ seed: options.seed, members: options.members, titles: options.titles },
      ...{ catalogue: options.catalogue, isLoaded: options.loaded === true },
      ...{ batch: options.batch, connections: options.connections },
      ...{ eventsPerSecond: rate, seconds: options.seconds, delayScale: DEFAULT_DELAY_SCALE },
      ...{ intervalMs: interval * 1000, settleSeconds: options.settle },
    },
    {
      say,
      interval(found: Interval) {
        if (json === true) return;
        if (isFirst) say(heading());
        isFirst = false;
        say(lineOf(found));
      },
    },
    systemClock,
  );
  if (json === true) output.stdout.write(`${JSON.stringify(simulated)}\n`);
  else say(summaryOf(simulated));
  if (simulated.intervals.some((one) => errorsOf(one) > 0)) output.setExitCode(1);
}

function summaryOf(simulated: Simulated): string {
  const { fresh, settledAfterSeconds, lastFailure } = simulated;
  const lines = [
    `${simulated.acknowledged.toLocaleString('en')} of ${simulated.due.toLocaleString('en')} events acknowledged; over ${simulated.seconds.toFixed(1)} s ` +
      `${simulated.acknowledgedPerSecond.toLocaleString('en')} a second of ${simulated.eventsPerSecond.toLocaleString('en')} asked for; ${simulated.errors} errors, ${simulated.skippedPages} pages skipped`,
    fresh === null
      ? 'freshness was not measured'
      : `play to served model: p50 ${fresh.p50} ms, p99 ${fresh.p99} ms, of ${fresh.plays} plays`,
    settledAfterSeconds === null
      ? 'the lag did not come back to zero in the time allowed, or no metrics told it'
      : `the lag was zero ${settledAfterSeconds} s after the last event`,
    `this process took ${simulated.ownCores} of a core and at most ${simulated.mostResidentMib} MiB`,
  ];
  if (lastFailure !== null) lines.push(`the last failure: ${lastFailure}`);
  return `\n${lines.join('\n')}`;
}

function address(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''))
    throw new InvalidArgumentError('expected a URL like http://localhost:8080');
  return text;
}

function addresses(text: string): string[] {
  return text.split(',').map((one) => address(one.trim()));
}

function kind(text: string): 'synthetic' | 'films' {
  if (text === 'synthetic' || text === 'films') return text;
  throw new InvalidArgumentError('expected synthetic or films');
}
