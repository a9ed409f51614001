/** Reads what should be a file of seckey's own, whatever it is: no pipe or device may keep seckey waiting or fill its memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** A software key with everything that it has room for takes a tenth of it. */
const MAX_BYTES = 16 * 1024 * 1024;

// Without it, opening a pipe that nobody writes to never returns. Windows has no such flag.
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** The text in `path`. @throws what the system says, with code `EISDIR`, `NOT_A_FILE` or `TOO_LARGE` for what is no such file */
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
