import { defineConfig } from 'vitest/config';
import { reporters } from './test/support/reporters.ts';

// Tests on a real pcscd and a real kernel. They never skip: what cannot run here fails and says why.
export default defineConfig({
  test: {
    ...reporters(),
    include: ['test/system/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 420_000,
    pool: 'forks',
    // The guest emulates two processors in software; beside it, everything else would time out.
    fileParallelism: false,
  },
});
