#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { AppError } from '../core/errors.js';
import { registerMigrate } from './administration/migrate-command.js';
import { registerReplayTopic } from './administration/replay-topic-command.js';
import { registerTopics } from './administration/topics-command.js';
import { configFrom, roles, whole, withCommon, type CommonOptions } from './command-options.js';
import { ROLES } from './config-schema.js';
import { withoutSecrets, type Config } from './config.js';
import { registerKeys } from './identity/keys-command.js';
import { registerReplay } from './replay/command.js';
import { registerSimulate } from './simulate/command.js';
import { registerTrain } from './train/graph-command.js';

const program = new Command('marquee')
  .description(
    'Picks, for every member and every title on a homepage, the artwork most likely to lead to a good play; learns from what happens next; proves whether it helped.',
  )
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  $ marquee demo                              a homepage of real films and simulated members, learning while you look
  $ marquee demo --fast                       the same as a table, in under 90 seconds
  $ marquee start --port 8080                 the service: HTTP API, learner, analytics and pages in one process
  $ marquee start --roles serve               answers requests with what was learned; learns nothing itself
  $ marquee simulate --rate 2000 --seconds 60  pages, impressions and plays for a running service, and how it keeps up
  $ marquee topics apply                      the Kafka topics, as the settings want them
  $ marquee migrate                           the tables of the analytics engine, brought to this version
  $ marquee replay-topic                      what was learned, rebuilt from the labels and compared with the checkpoint
  $ marquee keys new --scopes serve,ingest    a fresh API key, and its entry in the settings
  $ marquee config                            the effective settings, secrets hidden
  $ marquee replay log.csv.gz --preset obd --policy all
  $ marquee train graph --publish             vectors of titles, people and genres from the catalogue's facts

Settings come from a YAML file, then the environment (MARQUEE_SERVER__PORT=9000 is server.port), then the command line.`,
  );

withCommon(program.command('start'))
  .description('run the service until SIGINT or SIGTERM')
  .option('--roles <list>', `what this process does: some of ${ROLES.join(',')} (default: all)`, roles)
  .action(async (options: CommonOptions) => {
    const { startService } = await import('./start.js');
    await startService(configFrom(options));
  });

withCommon(program.command('demo'))
  .description('a homepage of real films that learns from simulated members while you watch')
  .option('--fast', 'no page: simulate, print a table and exit')
  .option('--json', 'with --fast: print JSON')
  .option('--seed <n>', 'seed of the simulated world', whole(0, 2 ** 31), 1)
  .option('--members <n>', 'simulated members (default: 4000, with --fast 12000)', whole(30, 200_000))
  .option('--visits <n>', 'with --fast: homepage visits to simulate', whole(100, 10_000_000), 12_000)
  .option('--rate <n>', 'visits per second of the live demo', whole(1, 1000), 40)
  .option(
    '--seconds <n>',
    'end the live demo after so long and print its table (default: on Ctrl-C)',
    whole(1, 86_400),
  )
  .action(
    async (
      options: CommonOptions & {
        fast?: boolean;
        json?: boolean;
        seed: number;
        members?: number;
        visits: number;
        rate: number;
        seconds?: number;
      },
    ) => {
      const configWith = (more: Readonly<Record<string, unknown>>): Config => configFrom(options, more);
      if (options.fast === true)
        await (
          await import('./demo/fast.js')
        ).fastDemo({ ...options, members: options.members ?? 12_000 }, configWith);
      else
        await (
          await import('./demo/live.js')
        ).liveDemo({ ...options, members: options.members ?? 4000 }, configWith);
    },
  );

registerReplay(program, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode(code) {
    process.exitCode = code;
  },
});

registerTrain(program, {
  stdout: process.stdout,
  stderr: process.stderr,
  onStop(listener) {
    process.once('SIGINT', listener);
    return () => void process.off('SIGINT', listener);
  },
  setExitCode(code) {
    process.exitCode = code;
  },
});

registerSimulate(program, {
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode(code) {
    process.exitCode = code;
  },
});

registerTopics(program, process.stdout);
registerKeys(program, { stdout: process.stdout, randomBytes });
registerMigrate(program, process.stdout);
registerReplayTopic(program, {
  stdout: process.stdout,
  setExitCode(code) {
    process.exitCode = code;
  },
});

withCommon(program.command('config'))
  .description('print the effective settings, secrets hidden')
  .option('--json', 'as JSON')
  .action((options: CommonOptions & { json?: boolean }) => {
    const shownConfig = withoutSecrets(configFrom(options));
    process.stdout.write(
      options.json === true ? `${JSON.stringify(shownConfig, null, 2)}\n` : stringify(shownConfig),
    );
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`marquee: ${error.message} (${error.code})\n`);
  process.exitCode = 2;
}
