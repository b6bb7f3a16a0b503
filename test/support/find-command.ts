import { spawnSync } from 'node:child_process';

/** Is the command there? Where it is not, a visible line says what did not run, and under REQUIRE_SERVICES=1 that is a failure. */
export function findCommand(command: string, whatNeedsIt: string): boolean {
  const found = spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
  return canRun(whatNeedsIt, found ? undefined : `${command} was not found`);
}

/** @param obstacle why it cannot run; undefined: it can */
export function canRun(what: string, obstacle: string | undefined): boolean {
  if (obstacle === undefined) return true;
  const line = `NOT RUN: ${what}, because ${obstacle}`;
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stderr.write(`\n${line}\n\n`);
  return false;
}
