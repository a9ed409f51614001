import { defineConfig } from 'vitest/config';
import { reporters } from './test/support/reporters.ts';

// The guest emulates two processors in software, and resets race against ten seconds: beside them, others would be late.
// Doctor looks at every process there is.
const ALONE = ['guest', 'registration', 'usb', 'usb-*', 'doctor-*', 'reset-*', 'wrong-key'].map(
  (name) => `test/system/${name}.test.ts`,
);
const ALL = 'test/system/**/*.test.ts';

// Tests on a real pcscd and a real kernel. They never skip: what cannot run here fails and says why.
export default defineConfig({
  test: {
    ...reporters(),
    testTimeout: 180_000,
    hookTimeout: 420_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: { name: 'readers', include: [ALL], exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
