import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkBoundaries } from './import-boundaries.js';

const root = mkdtempSync(join(tmpdir(), 'marquee-boundaries-'));
afterAll(() => rmSync(root, { recursive: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('a planted violation of each kind is caught, and what is allowed is not', () => {
  plant('tsconfig.json', '{"compilerOptions": {"module": "NodeNext", "moduleResolution": "NodeNext"}}');
  plant('core/clock.ts', "import { b } from '../bandit/b.js';\nexport const a = b;\n");
  plant('bandit/b.ts', "export const b = 1;\nimport '../core/ids.js';\n");
  plant('core/ids.ts', 'export const c = 1;\n');
  plant('features/key-value/redis/index.ts', 'export const redis = 1;\n');
  plant('src/serving.ts', "export { redis } from '../features/key-value/redis/index.js';\n");
  plant('src/adapters.ts', "export { redis } from '../features/key-value/redis/index.js';\n");
  plant('src/compose.ts', "export { redis } from './adapters.js';\n");
  plant('src/home.ts', "export { redis } from './adapters.js';\n");
  plant('dashboards/page.ts', "export { redis } from '../src/serving.js';\n");
  const { modules, violations } = checkBoundaries(root, ['core', 'bandit', 'features', 'src', 'dashboards']);
  expect(modules).toBe(9);
  expect([...violations].sort()).toEqual([
    'adapters-chosen-in-compose: src/home.ts → src/adapters.ts',
    'adapters-only-in-adapters: src/serving.ts → features/key-value/redis/index.ts',
    'core-imports-only-nothing: core/clock.ts → bandit/b.ts',
    'dashboards-read-only-ports: dashboards/page.ts → src/serving.ts',
  ]);
});
