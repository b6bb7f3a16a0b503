import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXAMPLE_SECRETS } from './compose-file.js';

/** Checks a compose file as Compose does. @returns what is wrong with it; undefined: nothing */
export type ComposeValidator = (path: string) => string | undefined;

/** Made by .ci/run from its Go module: the library that Compose reads files with. */
const LIBRARY = fileURLToPath(new URL('../../.services/bin/compose-spec', import.meta.url));

/** Compose itself where it is there, else its library. Undefined: neither. */
export function composeValidator(): ComposeValidator | undefined {
  const [command, ...prefix] =
    [['docker', 'compose'], ['docker-compose']].find(
      ([name, ...args]) => spawnSync(name!, [...args, 'version']).status === 0,
    ) ?? [];
  if (command !== undefined) return (path) => fault(command, [...prefix, '-f', path, 'config', '--quiet']);
  // Its own command reads no variables, so they stay as they are: readCompose replaces them for the other tests.
  if (existsSync(LIBRARY)) return (path) => fault(LIBRARY, ['-no-interpolation', path]);
  return undefined;
}

function fault(command: string, args: readonly string[]): string | undefined {
  const { status, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...EXAMPLE_SECRETS },
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}
