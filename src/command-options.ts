import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { ROLES, type Role } from './config-schema.js';
import { loadConfig, type Config } from './config.js';

const DEFAULT_FILE = 'marquee.yaml';

/** What every command that reads the configuration takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly data?: string;
  readonly port?: number;
  readonly roles?: readonly Role[];
}

/** @param more settings that the command itself decides: they win over everything */
export function configFrom(options: CommonOptions, more: Readonly<Record<string, unknown>> = {}): Config {
  const overrides: Record<string, unknown> = {};
  if (options.data !== undefined) overrides['data'] = { directory: options.data };
  if (options.port !== undefined) overrides['server'] = { port: options.port };
  if (options.roles !== undefined) overrides['roles'] = options.roles;
  Object.assign(overrides, more);
  return loadConfig({
    file: options.config ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined),
    overrides,
  });
}

export function roles(text: string): Role[] {
  return text.split(',').map((name) => {
    const role = ROLES.find((r) => r === name.trim());
    if (!role)
      throw new InvalidArgumentError(
        `${JSON.stringify(name)} is no role; expected some of ${ROLES.join(',')}`,
      );
    return role;
  });
}

export function whole(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`expected a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  };
}

export function withCommon(command: Command): Command {
  return command
    .option('-c, --config <file>', `settings (YAML); default: ${DEFAULT_FILE} where there is one`)
    .option('--data <directory>', 'where everything is stored (data.directory)')
    .addOption(
      new Option('-p, --port <port>', 'port to listen on (server.port); 0 takes a free one').argParser(
        whole(0, 65535),
      ),
    );
}
