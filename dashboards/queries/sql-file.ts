import { readFileSync } from 'node:fs';

/** The SQL of one question, from the file beside this module. Read once, when the module that asks is loaded. */
export function sqlFile(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}
