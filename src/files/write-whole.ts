/**
 * Writes all of it, or fails. A disk with room for a part takes that part, and says so only by a number: whoever does not
 * look at it loses the rest, and calls it written.
 */
import { fstatSync, ftruncateSync, writeSync } from 'node:fs';

/** @throws the system's error; then the file may hold the beginning */
export function writeWhole(descriptor: number, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(descriptor, bytes, written);
    // No system is known to write nothing without an error; if one does, this loop must end all the same.
    if (count === 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    written += count;
  }
}

/**
 * Writes at the end of a file that is open for appending, and takes back what there was room for if that is not all.
 * @throws the system's error; then the file holds what it held before, unless it is none of a disk's
 */
export function appendWhole(descriptor: number, data: string): void {
  const before = fstatSync(descriptor);
  try {
    writeWhole(descriptor, data);
  } catch (error) {
    if (before.isFile()) takeBack(descriptor, before.size, data);
    throw error;
  }
}

function takeBack(descriptor: number, size: number, data: string): void {
  try {
    // If the file has grown by more than what was written here, another process has added to it, and nothing is cut off.
    if (fstatSync(descriptor).size < size + Buffer.byteLength(data)) ftruncateSync(descriptor, size);
  } catch {
    // The failure that led here is the one to tell.
  }
}
