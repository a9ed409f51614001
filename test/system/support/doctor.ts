/** seckey doctor in tests: how it is run, and what it said. */
import { expect } from 'vitest';
import type { ProgramResult } from './program.ts';
import { type Document, SECKEY } from './seckey.ts';

/** For a shell. */
export const DOCTOR = `'${process.execPath}' '${SECKEY}' doctor`;
/** Not root, and in no group. */
export const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

export function findingsOf({ stdout, stderr }: Pick<ProgramResult, 'stdout' | 'stderr'>): Document[] {
  expect(`${stdout}${stderr}`).toMatch(/^\{"findings":/);
  expect(stderr).not.toContain('did not end by itself');
  return JSON.parse(stdout).findings;
}

/** Exit code and what was found, but for what depends on the machine that the tests run on. */
export function outcome(result: Pick<ProgramResult, 'code' | 'stdout' | 'stderr'>) {
  const findings = findingsOf(result);
  const surroundings = /^(no-key|container|virtual-machine|wsl|ssh-session|udev-rules-missing|kernel-without-hidraw)$/;
  const found = findings.filter(({ id }) => !surroundings.test(id)).map(({ id, severity }) => `${id}:${severity}`);
  const mend = (id: string): string => findings.find((finding) => finding.id === id)?.mend;
  const message = (id: string): string => findings.find((finding) => finding.id === id)?.message;
  return { code: result.code, found, mend, message };
}

/** The commands of a mend, as a person who is root would type them. */
export function commandsOf(mend: string): string[] {
  const lines = mend.split('\n').filter((line) => line.startsWith('  '));
  return lines.map((line) => line.trim().replace(/^sudo /, ''));
}
