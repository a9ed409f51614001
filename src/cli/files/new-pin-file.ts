/** The file of --new-pin-out: there, private and on the disk before the key gets the PIN. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { failure } from '../failure.ts';
import { cannotWriteNewPin } from '../messages/files.ts';

/** A new file with `pin` as its only line. @throws {FidoError} `invalid-input`, also if it exists; then nothing is left */
export function writeNewPinFile(file: string, pin: Uint8Array): void {
  let isOurs = false;
  try {
    const handle = openSync(file, 'wx', 0o600);
    isOurs = true;
    try {
      writeFileSync(handle, pin);
      writeFileSync(handle, '\n');
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    syncDirectory(path.dirname(file));
  } catch (error) {
    if (isOurs) rmSync(file, { force: true });
    throw failure('invalid-input', cannotWriteNewPin(file, error));
  }
}

export function removeNewPinFile(file: string): void {
  rmSync(file, { force: true });
}

/** So that the name survives a crash as well. */
function syncDirectory(directory: string): void {
  // Windows opens no directories.
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
