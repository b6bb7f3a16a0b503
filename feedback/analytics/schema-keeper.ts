import type { Analytics } from './analytics.js';
import { applyMigrations, SHIPPED_MIGRATIONS, type MigrationTarget } from './migrations.js';
import { applyRetention, type RetentionDays } from './retention.js';
import { rollUpHours } from './roll-ups.js';

/** What both engines do alike with statements of their own: the schema, its retention, its roll-ups. */
export function schemaKeeper(
  target: MigrationTarget,
  options: { readonly migrations?: URL; readonly retentionDays?: RetentionDays },
): Pick<Analytics, 'migrate' | 'rollUp'> {
  const { migrations = SHIPPED_MIGRATIONS, retentionDays } = options;
  return {
    async migrate() {
      const applied = await applyMigrations(target, migrations);
      if (retentionDays !== undefined) await applyRetention(target, retentionDays);
      return applied;
    },
    rollUp: (hours) => rollUpHours(target, hours, retentionDays?.outcomes ?? 0),
  };
}
