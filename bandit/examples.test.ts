import { readdirSync, readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as bandit from './index.js';

const FOLDERS = ['.', 'linalg', 'online', 'policies'];

interface Example {
  readonly file: string;
  readonly code: string;
  readonly expected: string;
}

/** Every line `@example statements; expression // => expected` of the docstrings. */
function examples(): Example[] {
  return FOLDERS.flatMap((folder) => {
    const sources = readdirSync(new URL(`${folder}/`, import.meta.url)).filter((name) =>
      /^[a-z-]+\.ts$/.test(name),
    );
    return sources.flatMap((name) => {
      const file = `${folder}/${name}`;
      const text = readFileSync(new URL(file, import.meta.url), 'utf8');
      return [...text.matchAll(/@example (.+) \/\/ => (.+?)(?: \*\/)?$/gm)].map(([, code, expected]) => ({
        file,
        code: code!,
        expected: expected!,
      }));
    });
  });
}

describe('documented examples', () => {
  it('are found', () => {
    expect(examples().length).toBeGreaterThanOrEqual(12);
  });

  it.each(examples())('$file: $code', async ({ file, code, expected }) => {
    const own = (await import(new URL(file.replace(/\.ts$/, '.js'), import.meta.url).href)) as Record<
      string,
      unknown
    >;
    const scope: Record<string, unknown> = { ...bandit, ...own };
    const at = code.lastIndexOf('; ') + 1;
    const body = `${code.slice(0, at)} return [${code.slice(at)}, ${expected}];`;
    const run = compileFunction(body, Object.keys(scope)) as (...values: unknown[]) => [unknown, unknown];
    const [actual, wanted] = run(...Object.values(scope));
    expect(actual).toEqual(wanted);
  });
});
