import { describe, expect, it } from 'vitest';
import { readMigrations, SHIPPED_MIGRATIONS } from './migrations.js';

/** First 16 digits of the SHA-256 of every file that was ever released: an applied file that changes is refused by every running installation. */
const RELEASED: Readonly<Record<string, string>> = {
  '0001-decisions': '56880b11fdd007e3',
  '0002-impressions': 'ee7010b48d484841',
  '0003-plays': '2738d16689621fe2',
  '0004-outcomes': '2c0bb595c9a6d7ae',
  '0005-dead-letters': '85673ed8954d72d5',
  '0006-sink-offsets': '5879fe23d9ca76aa',
  '0007-outcome-examination': 'cd310b7a92ac9274',
  '0008-decision-rows': '4927eb912c64b7b8',
  '0009-decided-slots': 'd13f81a16e8f1cb9',
  '0010-outcomes-hourly': 'f244919109ece27f',
  '0011-roll-up-hours': 'e26b4358c375488a',
};

describe('shipped migrations', () => {
  it('never change once they are released', async () => {
    const shipped = await readMigrations(SHIPPED_MIGRATIONS);
    const checksums = Object.fromEntries(
      shipped.map(({ version, checksum }) => [version, checksum.slice(0, 16)]),
    );
    expect(checksums).toMatchObject(RELEASED);
  });

  it('have numbers of their own, without gaps', async () => {
    const shipped = await readMigrations(SHIPPED_MIGRATIONS);
    expect(shipped.map(({ version }) => Number(version.slice(0, 4)))).toEqual(shipped.map((_, i) => i + 1));
  });

  it('can be run twice, and at once by several processes', async () => {
    for (const { version, sql } of await readMigrations(SHIPPED_MIGRATIONS)) {
      const statement = sql.replace(/^--.*$/gm, '').trim();
      const repeatable =
        /^CREATE TABLE IF NOT EXISTS marquee\.\w+\s*\(/.test(statement) ||
        (statement.startsWith('ALTER TABLE marquee.') &&
          [...statement.matchAll(/\b(?:ADD|DROP|RENAME) COLUMN\b(.{0,14})/g)].every(([, next]) =>
            / IF (NOT )?EXISTS/.test(next!),
          ));
      expect(repeatable, version).toBe(true);
      expect(statement, version).not.toContain(';');
    }
  });
});
