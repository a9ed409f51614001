/**
 * Output that must have reached its reader before anything else happens: a new PIN, before the key gets it. Whoever loses
 * other output loses words; whoever loses this one loses a key.
 */
import { fstatSync, fsyncSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { failure } from '../failure.ts';
import { PIN_TO_NOBODY, pinNotDelivered } from '../messages/pin.ts';
import { jsonText } from './escape.ts';

/** A reader that has left says so when the next byte is written, if it had the time to leave. */
const READER_MS = 100;

const state = { delivering: false, lost: false, documentBegun: false };

/** Whether a failure of standard output is answered by whoever delivers, so that it must not end the process by itself. */
export function isDeliverysMatter(): boolean {
  return state.delivering || state.lost;
}

/** Writes `text` and what ends it. @throws {FidoError} `invalid-input` if nobody can have read it */
export async function deliver(stream: Writable & { fd?: number }, text: string, end: string): Promise<void> {
  const kind = kindOf(stream.fd);
  if (kind === 'nowhere') throw failure('invalid-input', PIN_TO_NOBODY);
  state.delivering = true;
  try {
    await written(stream, text);
    // `end` is written alone and later: a pipe accepts a first write even if its reader leaves without reading.
    if (kind === 'pipe') await new Promise((resolve) => setTimeout(resolve, READER_MS));
    await written(stream, end);
    if (kind === 'file') fsyncSync(stream.fd as number);
  } catch (error) {
    state.lost = true;
    throw failure('invalid-input', pinNotDelivered(error));
  } finally {
    state.delivering = false;
  }
}

/** The beginning of a JSON document with these members, delivered; the next {@link documentText} is its rest. */
export async function deliverMembers(stream: Writable & { fd?: number }, members: object): Promise<void> {
  await deliver(stream, jsonText(members).slice(0, -1), ',');
  state.documentBegun = true;
}

/** `value` as a line of JSON, or as the rest of the document that was begun. */
export function documentText(value: object): string {
  const text = `${jsonText(value)}\n`;
  if (!state.documentBegun) return text;
  state.documentBegun = false;
  return text.slice(1);
}

function kindOf(fd: number | undefined): 'terminal' | 'pipe' | 'file' | 'nowhere' | undefined {
  if (fd === undefined) return undefined;
  if (isatty(fd)) return 'terminal';
  const stat = fstatSync(fd);
  if (stat.isFile()) return 'file';
  // E.g. /dev/null.
  return stat.isCharacterDevice() ? 'nowhere' : 'pipe';
}

function written(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
