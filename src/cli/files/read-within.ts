/** Reads a file that may be a device or a pipe and so have no end. */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 64 * 1024;

/** All of it, or undefined if that is more than `maxLength` bytes. @throws the system's error */
export function readWithin(path: string, maxLength: number): Uint8Array | undefined {
  const file = openSync(path, 'r');
  try {
    const chunks: Uint8Array[] = [];
    for (let length = 0; length <= maxLength; ) {
      const chunk = new Uint8Array(CHUNK);
      const got = readSync(file, chunk);
      if (got === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, got));
      length += got;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}
