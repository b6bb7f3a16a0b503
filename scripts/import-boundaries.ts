import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Runs dependency-cruiser, under the repository's rules, over folders of `root`. */
export function checkBoundaries(
  root: string,
  folders: readonly string[],
): { readonly modules: number; readonly violations: readonly string[] } {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = execFileSync(
    process.execPath,
    [program, '--config', resolve('.dependency-cruiser.cjs'), '--output-type', 'json', ...folders],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const { summary } = JSON.parse(output) as Cruise;
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}
