import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  exports: Record<string, { types: string; default: string }>;
};

/** Runs a module as a user's program would be: by the package's name, from what the build made. */
function run(module: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', module], {
    cwd: root,
    encoding: 'utf8',
  });
}

describe('what the package exports', () => {
  it.each(Object.entries(manifest.exports))(
    '%s is there, with its types',
    (entry, { types, default: file }) => {
      expect(existsSync(`${root}/${types}`)).toBe(true);
      expect(existsSync(`${root}/${file}`)).toBe(true);
      const name = `marquee${entry.slice(1)}`;
      expect(run(`import * as it from '${name}'; console.log(Object.keys(it).length > 5)`)).toBe('true\n');
    },
  );

  it('marquee/bandit/evaluation runs the example of docs/evaluation.md', () => {
    const page = readFileSync(`${root}/docs/evaluation.md`, 'utf8');
    const [, example] = /^```js\n(.*?)^```/ms.exec(page)!;
    const [, said] = /console\.log\(.*\); \/\/ (.+)$/m.exec(example!)!;
    expect(run(example!)).toBe(`${said}\n`);
  });
});
