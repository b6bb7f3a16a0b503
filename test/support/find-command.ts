import { spawnSync } from 'node:child_process';

/** Is the command there? Where it is not, a visible line says what did not run, and under REQUIRE_SERVICES=1 that is a failure. */
export function findCommand(command: string, whatNeedsIt: string): boolean {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0) return true;
  const line = `NOT RUN: ${whatNeedsIt}, because ${command} was not found`;
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stderr.write(`\n${line}\n\n`);
  return false;
}
