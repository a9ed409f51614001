/** Files that hold what goes onto a key and what comes from it. `-` is standard input. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { FidoError } from '../../index.ts';
import { failure } from '../failure.ts';
import { cannotRead, cannotWrite, fileTooLarge } from '../messages/files.ts';

/** Everything in `file`. @throws {FidoError} `invalid-input`, `too-large` beyond `maxLength` bytes */
export async function readData(file: string, maxLength: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Node reads a directory as empty, without an error, and an empty blob would replace the one on the key.
    if (file === '-' && fstatSync(0).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk as Uint8Array);
      length += (chunk as Uint8Array).length;
      if (length > maxLength) throw failure('too-large', fileTooLarge(file, maxLength));
    }
  } catch (error) {
    throw error instanceof FidoError ? error : failure('invalid-input', cannotRead(file, error));
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Writes a file that only its owner may read, whole or not at all: what was there before stays until all of it is written.
 * What is no regular file, e.g. a pipe, is written as it is.
 * @throws {FidoError} `invalid-input`
 */
export async function writeData(file: string, data: Uint8Array): Promise<void> {
  try {
    const target = await realpath(file).catch(() => path.resolve(file));
    const isSpecial = await stat(target).then(
      (found) => !found.isFile(),
      () => false,
    );
    if (isSpecial) writeFileSync(target, data);
    else replaceFile(target, data);
  } catch (error) {
    throw failure('invalid-input', cannotWrite(file, error));
  }
}

function replaceFile(target: string, data: Uint8Array): void {
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(handle, data);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
