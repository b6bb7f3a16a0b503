import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError, shown } from '../../core/errors.js';

/** One file of migrations/: one statement, the same for the embedded engine and for a server. */
export interface Migration {
  /** file name without `.sql`: `0001-decisions` */
  readonly version: string;
  readonly sql: string;
  /** SHA-256 of the file's bytes, hexadecimal */
  readonly checksum: string;
}

/** What the runner needs of an adapter. */
export interface MigrationTarget {
  command(sql: string): Promise<void>;
  query<Row>(sql: string): Promise<Row[]>;
}

const FILE_NAME = /^(\d{4}-[a-z0-9-]+)\.sql$/;

/** @returns the migrations of a folder, in ascending order of version */
export async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const version = FILE_NAME.exec(file)?.[1];
    if (version === undefined) {
      throw new AppError(
        'analytics/query-failed',
        `migration file ${shown(file)}; expected a name like 0001-decisions.sql`,
      );
    }
    const sql = await readFile(new URL(file, folder), 'utf8');
    migrations.push({ version, sql: sql.trim(), checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return migrations;
}

/** The migrations this release ships with. The folder is copied beside the compiled file. */
export const SHIPPED_MIGRATIONS = new URL('./migrations/', import.meta.url);

/**
 * Applies what `marquee.migrations` does not list yet, in order. Every statement is `IF NOT EXISTS`, so a crash between a statement
 * and its entry is healed by running again.
 *
 * @returns versions applied now
 * @throws AppError `analytics/query-failed` (a statement fails, or a file changed after it was applied) | `analytics/unavailable`
 */
export async function applyMigrations(
  target: MigrationTarget,
  folder: URL = SHIPPED_MIGRATIONS,
): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  await target.command('CREATE DATABASE IF NOT EXISTS marquee');
  await target.command(
    `CREATE TABLE IF NOT EXISTS marquee.migrations (version String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = ReplacingMergeTree(applied_at) ORDER BY version`,
  );
  const applied = new Map<string, string>();
  for (const row of await target.query<{ version: string; checksum: string }>(
    'SELECT version, checksum FROM marquee.migrations FINAL',
  )) {
    applied.set(row.version, row.checksum);
  }
  const appliedNow: string[] = [];
  for (const { version, sql, checksum } of migrations) {
    const before = applied.get(version);
    if (before === checksum) continue;
    if (before !== undefined) {
      throw new AppError(
        'analytics/query-failed',
        `migration ${version} has checksum ${checksum.slice(0, 12)}, applied as ${before.slice(0, 12)}; expected an applied file never to change: add a new one`,
      );
    }
    await target.command(sql);
    // Both values are checked above (a file name of [a-z0-9-], a hexadecimal digest), so they need no escaping.
    await target.command(
      `INSERT INTO marquee.migrations (version, checksum) VALUES ('${version}', '${checksum}')`,
    );
    appliedNow.push(version);
  }
  return appliedNow;
}
