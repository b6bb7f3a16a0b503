import { spawnSync } from 'node:child_process';

/** Evidence is written on the way: it changes nothing of what is proven. */
export const EVIDENCE = 'docs/evidence';

/** The commit that is checked out, and whether anything differs from it; for evidence, which must say what it is of. */
export function commitNow(): string {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const hash = git('rev-parse', '--short=12', 'HEAD');
  if (hash === undefined) return 'not known';
  const changes = git('status', '--porcelain', '--', '.', `:!${EVIDENCE}`);
  return changes === '' ? hash : `${hash} with changes`;
}
