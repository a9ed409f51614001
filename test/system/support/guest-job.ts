/** Jobs in the guest that run the product, and their output by section. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { mustInGuest } from './guest.ts';
import { type Document, SECKEY } from './seckey.ts';

/** Of the keys that {@link PREPARE} plugs in. */
export const PIN = '24681357';

const LIBRARY = fileURLToPath(new URL('guest/seckey.sh', import.meta.url));
const MINUTES = 60_000;

/** Runs a job with `guest/seckey.sh` sourced. */
export async function seckeyJob(script: string): Promise<Record<string, string>> {
  const stdout = await mustInGuest(`SECKEY=${SECKEY}\nsource ${LIBRARY}\n${script}`, { timeoutMs: 6 * MINUTES });
  const parts = stdout.split(/^== (.*)\n/m).slice(1);
  return Object.fromEntries(Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1] ?? '']));
}

export function jsonOf(text: string | undefined): Document {
  expect(text?.trim()).toMatch(/^[{[]/);
  return JSON.parse(text ?? '');
}

/** What a program printed. Its last line says how it ended, which must have been well. */
export function linesOf(text: string | undefined): string[] {
  expect(text).toMatch(/^code 0$/m);
  return (text ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('code '));
}

/** fido2-tools write byte strings in base64. */
export function hexOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('hex');
}

/** Begins a job: `plug NAME MODEL` serves a new key and gives it the PIN, which waits in a file for seckey. */
export const PREPARE = `
  PIN=${PIN}; pin_file $PIN pin; PINNED='--pin-file /run/pin-pin --json'
  D=/dev/hidraw0; mkdir /run/work; cd /run/work
  plug() { # NAME MODEL
    seckey virtual create "$1" --model "$2" > /dev/null 2>&1
    serve_seckey "$1"
    printf '%s\\n%s\\n' $PIN $PIN | setsid fido2-token -S $D 2> /dev/null || echo 'no PIN set'
  }
`;
