import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ProgramResult } from './program.ts';

export type PeerName =
  | 'info'
  | 'pin_set'
  | 'pin_change'
  | 'pin_verify'
  | 'wrong_pin'
  | 'retries'
  | 'reset'
  | 'make_credential'
  | 'get_assertion'
  | 'credentials'
  | 'fingerprints'
  | 'config'
  | 'large_blobs'
  | 'registration';

/** Debian's Python: one in /usr/local would not find the modules that apt installed. */
export const PYTHON = '/usr/bin/python3';

/** Path of a client that somebody else wrote: Debian's python-fido2 in a few lines. */
export function peer(name: PeerName): string {
  return fileURLToPath(new URL(`../peers/${name}.py`, import.meta.url));
}

/** What a peer printed. Fails with everything it said when that is not one JSON document. */
export function parsePeer({ code, stdout, stderr }: ProgramResult): Record<string, unknown> {
  expect(`${stdout}${stderr && `\n${stderr}`}\ncode ${code}`).toMatch(/^\{.*\}\n/);
  return JSON.parse(stdout);
}
