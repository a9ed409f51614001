/** Large blobs that are about to go, in a file: enough to put them back byte for byte. */
import { closeSync, fsyncSync, lstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toHex } from '../../ctap2/index.ts';
import { FidoError, type largeBlobs } from '../../index.ts';
import { failure } from '../failure.ts';
import { backupIsThere, cannotWriteBackup } from '../messages/files.ts';
import { jsonText } from '../terminal/escape.ts';

/** Before a PIN or a touch is asked for. @throws {FidoError} `invalid-input` if there is such a file already */
export function requireNewBackup(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })) throw failure('invalid-input', backupIsThere(file));
}

/**
 * Writes a new file that only its owner may read, and returns when it is on the disk. The entries are as the key keeps them:
 * sealed, for whoever has their large-blob key.
 * @throws {FidoError} `invalid-input`, and then there is no such file
 */
export function writeBackup(file: string, { stored, entries }: largeBlobs.LargeBlobLoss): void {
  const document = {
    serializedLargeBlobArray: toHex(stored),
    dropped: entries.map(({ entry, state, credentialId, rpId, size }) => ({
      state,
      ...(credentialId && { credentialId: toHex(credentialId) }),
      ...(rpId !== undefined && { rpId }),
      ...(size !== undefined && { size }),
      entry: toHex(entry),
    })),
  };
  try {
    // Not followed if it is a link, not written over if it is there.
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      writeFileSync(descriptor, `${jsonText(document, 2)}\n`);
      fsyncSync(descriptor);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    syncDirectory(path.dirname(path.resolve(file)));
  } catch (error) {
    if (error instanceof FidoError) throw error;
    throw failure('invalid-input', cannotWriteBackup(file, error));
  }
}

/** So that the file's name is on the disk, too; Windows opens no directories and needs none of it. */
function syncDirectory(directory: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(directory, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch {
    // Some file systems cannot; the content is synced.
  } finally {
    closeSync(descriptor);
  }
}
