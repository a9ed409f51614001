import { defineConfig } from 'vitest/config';
import { reporters } from './test/support/reporters.ts';

export default defineConfig({
  test: {
    ...reporters(),
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**'],
    testTimeout: 60_000,
    // Tests marked concurrent mostly wait for silence limits.
    maxConcurrency: 30,
    globalSetup: ['test/support/built-cli.ts'],
    setupFiles: ['test/support/fast-check.ts'],
    // Forks keep native addons apart.
    pool: 'forks',
    // By default one core is kept free, which on the common CI machine is half of all.
    maxWorkers: '100%',
  },
});
