/** Opens files that lines are added to: private where they are new, and never what a link in their place leads to. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import path from 'node:path';

// Windows has neither O_NOFOLLOW nor O_NONBLOCK.
const { O_APPEND, O_CREAT, O_TRUNC, O_RDWR, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Links that the system itself makes, to what the shell has opened. */
const STREAMS = /^\/dev\/(stdin|stdout|stderr|fd\/\d+)$|^\/proc\/(self|\d+)\/fd\/\d+$/;

export interface LineFileOptions {
  /** What is in the file goes. */
  truncates?: boolean | undefined;
  /** It is read too. */
  reads?: boolean | undefined;
}

/** @returns the descriptor. @throws what the system says; `ELOOP` for a link, `ENXIO` for a pipe that nobody reads */
export function openLineFile(file: string, { truncates, reads }: LineFileOptions = {}): number {
  const links = STREAMS.test(path.resolve(file)) ? 0 : O_NOFOLLOW;
  const flags = O_CREAT | O_APPEND | links | (truncates ? O_TRUNC : 0);
  // Opening a pipe waits for its reader, and nothing could end that: so it is tried without waiting first.
  const probe = openSync(file, flags | O_WRONLY | O_NONBLOCK, 0o600);
  const isFile = fstatSync(probe).isFile();
  if (isFile && !reads) return probe;
  try {
    return openSync(file, flags | (isFile ? O_RDWR : O_WRONLY), 0o600);
  } finally {
    closeSync(probe);
  }
}
