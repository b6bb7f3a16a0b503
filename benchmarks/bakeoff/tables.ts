import { classificationProblem, readTable, tableNames } from './classification-table.js';
import { MADE_TABLES, madeProblem } from './made-problems.js';
import type { Problem } from './problem.js';

/** A table from which problems are made by seed. */
export interface Table {
  readonly name: string;
  problem(seed: number): Problem;
}

/**
 * The tables of a folder, then the made ones.
 *
 * @param folder where `<name>.csv.gz` files are; undefined for the made ones alone
 * @param only   names to keep; undefined for all
 */
export async function loadTables(
  folder: string | undefined,
  only: readonly string[] | undefined,
): Promise<Table[]> {
  const wanted = (name: string): boolean => only?.includes(name) ?? true;
  const tables: Table[] = [];
  for (const name of folder === undefined ? [] : await tableNames(folder)) {
    if (!wanted(name)) continue;
    const table = await readTable(folder!, name);
    tables.push({ name, problem: (seed) => classificationProblem(table, seed) });
  }
  for (const name of MADE_TABLES.filter(wanted))
    tables.push({ name, problem: (seed) => madeProblem(name, seed) });
  return tables;
}
