import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  exports: Record<string, { types: string; default: string }>;
};

/** Of each entry, some of what its documentation names. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  './client': ['HttpMarqueeClient', 'MarqueeError'],
  './client/browser': ['MarqueeBrowser', 'HomeError'],
  './bandit': ['createBandit', 'squareCb', 'thompsonPropensities', 'orderByPlackettLuce'],
  './bandit/evaluation': ['dr', 'ipw', 'snipw', 'replay', 'dros'],
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
      const names = JSON.parse(
        run(`import * as it from '${name}'; console.log(JSON.stringify(Object.keys(it)))`),
      ) as string[];
      expect(NAMED[entry]).toBeDefined();
      expect(names).toEqual(expect.arrayContaining([...NAMED[entry]!]));
    },
  );

  it('marquee/bandit/evaluation runs the example of docs/evaluation.md', () => {
    const page = readFileSync(`${root}/docs/evaluation.md`, 'utf8');
    const [, example] = /^```js\n(.*?)^```/ms.exec(page)!;
    const [, said] = /console\.log\(.*\); \/\/ (.+)$/m.exec(example!)!;
    expect(run(example!)).toBe(`${said}\n`);
  });
});
