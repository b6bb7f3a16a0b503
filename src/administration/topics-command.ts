import Table from 'cli-table3';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.js';
import { applyTopicSettings } from '../adapters.js';
import { configFrom, withCommon, type CommonOptions } from '../command-options.js';
import { createLogger } from '../start.js';

/** `marquee topics apply` */
export function registerTopics(program: Command, output: NodeJS.WritableStream): void {
  const topics = program.command('topics').description('the event log’s topics on Kafka');
  withCommon(topics.command('apply'))
    .description('make the topics that are missing, and give all of them the settings of docs/operations.md')
    .option('--json', 'print JSON instead of a table')
    .action(async (options: CommonOptions & { json?: boolean }) => {
      const config = configFrom(options);
      if (config.eventLog.adapter !== 'kafka')
        throw new AppError(
          'config/bad-value',
          `eventLog.adapter is ${config.eventLog.adapter}, which has no topics to make; expected kafka`,
        );
      const changes = await applyTopicSettings(config, createLogger(config));
      if (options.json === true) {
        output.write(`${JSON.stringify(changes)}\n`);
        return;
      }
      const table = new Table({
        head: ['topic', 'what was done', 'settings'],
        style: { head: [], border: [] },
      });
      for (const { topic, change, settings } of changes) table.push([topic, change, settings.join('\n')]);
      output.write(`${table.toString()}\n`);
    });
}
