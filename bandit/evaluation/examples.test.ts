import { readdirSync, readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as evaluation from './index.js';

interface Example {
  readonly file: string;
  readonly statements: string;
  readonly expression: string;
  readonly expected: string;
}

/** Every `@example` of the docstrings: statements, then `expression // => expected` on the last line. */
function examples(): Example[] {
  return ['.', 'intervals'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, import.meta.url))
      .filter((name) => /^[a-z-]+\.ts$/.test(name))
      .flatMap((name) => {
        const file = `${folder}/${name}`;
        const text = readFileSync(new URL(file, import.meta.url), 'utf8');
        return [...text.matchAll(/@example\n((?: \* .*\n)*?) \* (.+) \/\/ => (.+)\n \*\//g)].map((match) => ({
          file,
          statements: match[1]!.replace(/^ \* /gm, ''),
          expression: match[2]!,
          expected: match[3]!,
        }));
      }),
  );
}

describe('documented examples of the estimators', () => {
  it('are found', () => expect(examples().length).toBeGreaterThanOrEqual(11));

  it.each(examples())('$file', async ({ file, statements, expression, expected }) => {
    const own = (await import(new URL(file.replace(/\.ts$/, '.js'), import.meta.url).href)) as object;
    const scope: Record<string, unknown> = { ...evaluation, ...own };
    const run = compileFunction(`${statements} return [${expression}, ${expected}];`, Object.keys(scope)) as (
      ...values: unknown[]
    ) => [unknown, unknown];
    const [actual, wanted] = run(...Object.values(scope));
    if (typeof wanted === 'number') expect(actual).toBeCloseTo(wanted, 14);
    else expect(actual).toEqual(wanted);
  });
});
