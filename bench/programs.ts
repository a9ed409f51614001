/** The programs that are compared. */
import path from 'node:path';
import { processCase } from './measure.ts';

/** Of the checkout: benchmarks are started from there. */
export const SECKEY = path.resolve('bin/seckey.js');

export const NODE_ALONE = processCase('node -e 0', process.execPath, ['-e', '0']);

/** Debian's Python, which sees the modules that apt installed. */
export const PYTHON = '/usr/bin/python3';

export function peer(name: string): string {
  return path.resolve('bench/peers', name);
}
