import { defineConfig } from 'vitest/config';

// Forks, never threads: the embedded ClickHouse crashes when a worker thread that used it exits.
export default defineConfig({
  test: {
    pool: 'forks',
    globalSetup: ['scripts/build-kernels.mjs'],
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
});
