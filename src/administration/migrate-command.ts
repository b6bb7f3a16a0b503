import type { Command } from 'commander';
import { openAnalytics } from '../adapters.js';
import { configFrom, withCommon, type CommonOptions } from '../command-options.js';
import { createLogger } from '../start.js';

/** `marquee migrate` */
export function registerMigrate(program: Command, output: NodeJS.WritableStream): void {
  withCommon(program.command('migrate'))
    .description(
      'bring the analytics tables to this version’s schema; a service that has the sink does so too',
    )
    .option('--json', 'print JSON')
    .action(async (options: CommonOptions & { json?: boolean }) => {
      const config = configFrom(options);
      const analytics = await openAnalytics(config, createLogger(config));
      try {
        const applied = await analytics.migrate();
        const text =
          applied.length === 0 ? 'nothing to do: the tables are up to date' : `applied ${applied.join(', ')}`;
        output.write(options.json === true ? `${JSON.stringify({ applied })}\n` : `${text}\n`);
      } finally {
        await analytics.close();
      }
    });
}
