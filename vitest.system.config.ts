import { defineConfig } from 'vitest/config';
import { reporters } from './test/support/reporters.ts';

const files = (...names: string[]) => names.map((name) => `test/system/${name}.test.ts`);
// A guest emulates two processors in software, and seldom keeps more than one of ours busy.
const GUESTS = files('guest', 'registration', 'usb', 'usb-*', 'doctor-usb', 'reset-usb', 'wrong-key');
// Resets of many keys at once race against ten seconds, and doctor looks at every process there is.
const ALONE = files('doctor-gnupg', 'doctor-readers', 'doctor-ssh', 'reset-each', 'reset-nfc');
const ALL = files('**/*');

// Tests on a real pcscd and a real kernel. They never skip: what cannot run here fails and says why.
export default defineConfig({
  test: {
    ...reporters(),
    testTimeout: 180_000,
    hookTimeout: 600_000,
    pool: 'forks',
    projects: [
      { name: 'readers', include: ALL, exclude: [...GUESTS, ...ALONE], maxWorkers: 2 },
      { name: 'guests', include: GUESTS, maxWorkers: 2 },
      { name: 'alone', include: ALONE, maxWorkers: 1 },
    ].map((test, groupOrder) => ({ extends: true as const, test: { ...test, sequence: { groupOrder } } })),
  },
});
