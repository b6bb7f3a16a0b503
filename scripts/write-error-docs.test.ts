import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERRORS } from '../core/errors.js';
import { ERROR_PAGE, errorPage } from './write-error-docs.js';

const page = readFileSync(ERROR_PAGE, 'utf8');

it('docs/errors.md is what the table says: run `node --import tsx scripts/write-error-docs.ts`', () => {
  expect(page).toBe(errorPage());
});

it('has every code once', () => {
  const listed = [...page.matchAll(/^\| `([a-z/-]+)` \| \d{3} /gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual(Object.keys(ERRORS).sort());
});
