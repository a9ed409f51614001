import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const TEMPORARY = '.tmp';

/**
 * Replaces a file so that a crash at any moment leaves either the old or the new content, whole. When this returns, the
 * new content is on the disk. Mode 0600.
 */
export function writeAtomically(path: string, content: string): void {
  const directory = dirname(path);
  const temporary = join(directory, `${basename(path)}@${process.pid}-${randomBytes(6).toString('hex')}${TEMPORARY}`);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/** Makes a rename or removal in `directory` durable. Windows cannot do that, and does not need it. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes temporary files that crashes left of `path`. Only for its single writer. */
export function removeLeftovers(path: string): void {
  const prefix = `${basename(path)}@`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix) && name.endsWith(TEMPORARY)) rmSync(join(dirname(path), name), { force: true });
  }
}
