/** Reads a state file with care: a pipe or device in its place must neither block the reader nor fill its memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** Ten times what a full software key takes. */
const MAX_BYTES = 16 * 1024 * 1024;

// Without this flag, opening a pipe that nobody writes to never returns. Windows does not have it.
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** The text in `path`. @throws the error of the system, or one with code `EISDIR`, `NOT_A_FILE` or `TOO_LARGE` */
export function readStateFile(path: string): string {
  const file = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    const refusal = refusalOf(fstatSync(file));
    if (refusal !== undefined) throw Object.assign(new Error(refusal), { code: refusal });
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function refusalOf(found: Stats): string | undefined {
  if (found.isDirectory()) return 'EISDIR';
  if (!found.isFile()) return 'NOT_A_FILE';
  return found.size > MAX_BYTES ? 'TOO_LARGE' : undefined;
}
