import { readFileSync, readdirSync } from 'node:fs';

/** An expression of a chapter and what stands after its `// =>`. */
export type Check = (where: string, actual: unknown, expected: unknown) => void;

export interface TourModule {
  readonly chapters: readonly string[];
  /** TypeScript that exports `tour(check): Promise<void>`: the blocks of all chapters in order, imports first */
  readonly text: string;
  /** number of `// =>` in all chapters */
  readonly checks: number;
}

/**
 * Makes one module of the ```ts blocks of docs/tour/. A line `expression // => value` becomes a check of both.
 *
 * @param root what `../../` of the chapters' imports becomes
 */
export function tourModule(directory: URL, root: string): TourModule {
  const chapters = readdirSync(directory)
    .filter((name) => /^\d\d-.*\.md$/.test(name))
    .sort();
  const pages = chapters.map((name) => ({ name, text: readFileSync(new URL(name, directory), 'utf8') }));
  return { chapters, ...pagesModule(pages, (line) => line.replace(`'../../`, `'${root}`)) };
}

/** One module of the ```ts blocks of some pages. @param importLine what to make of a line that imports */
export function pagesModule(
  pages: readonly { readonly name: string; readonly text: string }[],
  importLine: (line: string) => string,
): Omit<TourModule, 'chapters'> {
  const imports: string[] = [];
  const body: string[] = [];
  let checks = 0;
  for (const page of pages) {
    for (const { line, fromLine } of codeLines(page.text)) {
      const where = `${page.name}:${fromLine}`;
      const shown = /^(\S.*?);? \/\/ => (.+)$/.exec(line);
      if (line.startsWith('import ')) imports.push(importLine(line));
      else if (shown) body.push(`check('${where}', ${shown[1]!}, ${shown[2]!});`);
      else body.push(line);
      if (shown) checks++;
    }
  }
  const text = [
    ...imports,
    'export async function tour(check: (where: string, actual: unknown, expected: unknown) => void): Promise<void> {',
    ...body,
    '}',
    '',
  ].join('\n');
  return { text, checks };
}

function codeLines(page: string): { line: string; fromLine: number }[] {
  let inside = false;
  return page.split('\n').flatMap((line, at) => {
    if (line.startsWith('```')) {
      inside = line === '```ts';
      return [];
    }
    return inside ? [{ line, fromLine: at + 1 }] : [];
  });
}
