import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { POLICY_NAMES, type PolicyName } from '../../bandit/policy.js';
import { AppError, shown } from '../../core/errors.js';
import { seededRng } from '../../core/rng.js';
import { PRESETS, readMapping } from './mapping.js';
import { withProgress, type TextStream } from './progress.js';
import { replayLog, type ReplayOptions } from './replay-log.js';
import { reportText } from './report-table.js';

export interface ReplayIo {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** What the command line says, as text: checked here. */
export interface ReplayArguments {
  /** a file, plain or gzip, or "-" for standard input */
  readonly log: string;
  /** names with commas between, or "all" */
  readonly policy: string;
  readonly preset?: string | undefined;
  readonly map?: readonly string[];
  readonly actions?: string | undefined;
  readonly seed?: string | undefined;
  readonly limit?: string | undefined;
  readonly dimension?: string | undefined;
  readonly refitEvery?: string | undefined;
  /** bootstrap replicates, 0 for none */
  readonly bootstrap?: string | undefined;
  readonly json?: boolean;
}

/** 0: a report was printed; 1: the log has no usable row or breaks off; 2: the command or the mapping is wrong. */
export type ReplayExitCode = 0 | 1 | 2;

/** Runs `marquee replay`. Expected failures become one line on stderr and an exit code; only faults of our own are thrown. */
export async function replayCommand(args: ReplayArguments, io: ReplayIo): Promise<ReplayExitCode> {
  try {
    const options = readOptions(args);
    const { source, bytes } = await openLog(args.log, io);
    const report = await replayLog(
      withProgress(source, bytes, args.json === true ? undefined : io.stderr),
      options,
    );
    io.stdout.write(
      args.json === true
        ? `${JSON.stringify({ log: args.log, seed: seedOf(args), ...report }, null, 2)}\n`
        : reportText(report),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    io.stderr.write(`marquee replay: ${error.code}: ${error.message}\n`);
    return error.code === 'evaluation/empty' || error.code === 'replay/unreadable' ? 1 : 2;
  }
}

/** Adds `replay` to the command line. */
export function registerReplay(program: Command, io: ReplayIo & { setExitCode(code: number): void }): void {
  program
    .command('replay')
    .description(
      'learn from a logged-bandit CSV as if live and estimate, off-policy, what each policy would have earned',
    )
    .argument('<log>', 'CSV, plain or gzip; "-" reads standard input')
    .requiredOption('--policy <names>', `${POLICY_NAMES.join(', ')} (with commas between), or all`)
    .addOption(new Option('--preset <name>', 'a mapping known by name').choices(Object.keys(PRESETS)))
    .option(
      '--map <key=column...>',
      'which column says what: action, reward, propensity, timestamp, position, member, offered, context, numeric, affinity',
    )
    .option('--actions <set>', 'number of actions (named 0, 1, …) or their names with commas between')
    .option('--seed <integer>', "of the replay estimator's draws and the bootstrap", '1')
    .option('--limit <rows>', 'read at most so many rows')
    .option('--dimension <d>', 'length of the hashed context vector', '32')
    .option('--refit-every <rows>', 'rows between two fits of the models', '100')
    .option('--bootstrap <replicates>', 'of the bootstrap intervals, 20 … 10000; 0: none', '200')
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      '\nExample:\n  marquee replay bts.csv.gz --preset obd --policy all\n\nMapping, estimators and verdicts: docs/replay.md',
    )
    .action(async (log: string, options: Omit<ReplayArguments, 'log'>) => {
      io.setExitCode(await replayCommand({ ...options, log }, io));
    });
}

function readOptions(args: ReplayArguments): ReplayOptions {
  return {
    policies: readPolicies(args.policy),
    mapping: readMapping(args.preset, args.map ?? []),
    actions: args.actions,
    dimension: integerOf('--dimension', args.dimension ?? '32', 3, 256),
    refitEvery: integerOf('--refit-every', args.refitEvery ?? '100', 1, 1e9),
    bootstrapReplicates: replicatesOf(args.bootstrap ?? '200'),
    limit:
      args.limit === undefined ? undefined : integerOf('--limit', args.limit, 1, Number.MAX_SAFE_INTEGER),
    rng: seededRng(seedOf(args)),
  };
}

function seedOf(args: ReplayArguments): number {
  return integerOf('--seed', args.seed ?? '1', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function replicatesOf(text: string): number {
  return text === '0' ? 0 : integerOf('--bootstrap', text, 20, 10_000);
}

function readPolicies(text: string): readonly PolicyName[] {
  if (text === 'all') return POLICY_NAMES;
  return [...new Set(text.split(','))].map((name) => {
    const policy = POLICY_NAMES.find((known) => known === name.trim());
    if (policy === undefined)
      throw new AppError(
        'replay/bad-option',
        `--policy ${shown(name)}; expected all, or of ${POLICY_NAMES.join(', ')}`,
      );
    return policy;
  });
}

function integerOf(option: string, text: string, least: number, most: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new AppError(
    'replay/bad-option',
    `${option} ${shown(text)}; expected an integer in [${least}, ${most}]`,
  );
}

async function openLog(
  path: string,
  io: ReplayIo,
): Promise<{ source: AsyncIterable<Uint8Array>; bytes: number }> {
  if (path === '-') return { source: io.stdin, bytes: 0 };
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a directory');
    return { source: createReadStream(path), bytes: found.isFile() ? found.size : 0 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'replay/no-log',
      `log ${shown(path)} cannot be opened: ${reason}; expected a CSV file`,
      undefined,
      error,
    );
  }
}
