/** The first lines of a file or of standard input, as PINs. What cannot be a PIN is refused here, before it costs a try. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { wipe } from '../../ctap2/index.ts';
import { FidoError } from '../../index.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/pin-input.ts';
import { interruption } from '../terminal/interruption.ts';

/** More than two lines of the longest PIN there is, whatever ends them. */
const MAX_LENGTH = 1024;
/** How often a pipe is looked at that has nothing yet. */
const POLL_MS = 20;

const BYTE_ORDER_MARKS = { utf8: [0xef, 0xbb, 0xbf], utf16: [0xff, 0xfe], utf16BigEndian: [0xfe, 0xff] } as const;

/**
 * Copies of the first `count` lines of `path`, or fewer if there are no more. Any kind of file, also a pipe that somebody
 * has yet to write to: that is waited for.
 * @throws {FidoError} `invalid-input` if it cannot be read or holds no text, `interrupted`
 */
export async function pinLinesOf(path: string, count: number, timeoutMs: number): Promise<Uint8Array[]> {
  const buffer = new Uint8Array(MAX_LENGTH);
  try {
    return textLines(buffer.subarray(0, await readStart(path, buffer, count, timeoutMs)), count, path);
  } catch (error) {
    throw error instanceof FidoError ? error : failure('invalid-input', words.cannotReadPin(path, error));
  } finally {
    wipe(buffer);
  }
}

/** Without O_NONBLOCK, opening a pipe that nobody writes to would keep a thread for ever, and with it the process. */
async function readStart(path: string, buffer: Uint8Array, lines: number, timeoutMs: number): Promise<number> {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    // A pipe under /dev/fd has come with this process, so its writer cannot be still to come.
    const awaitsWriter = fstatSync(file).isFIFO() && !/^\/(dev|proc\/self)\/fd\//.test(path);
    const deadline = Date.now() + timeoutMs;
    let length = 0;
    let hasWriter = !awaitsWriter;
    while (length < buffer.length && countOf(buffer.subarray(0, length), NEWLINE) < lines) {
      const got = readNow(file, buffer, length);
      hasWriter ||= got !== 0;
      if (got === 0 && hasWriter) break;
      length += got ?? 0;
      if (got) continue;
      await nextLook(path, hasWriter ? undefined : deadline);
    }
    return length;
  } finally {
    closeSync(file);
  }
}

/** @throws {FidoError} `interrupted`; `invalid-input` after `deadline`, until which a writer has to come */
async function nextLook(path: string, deadline: number | undefined): Promise<void> {
  if (interruption.signal.aborted) throw new FidoError('interrupted', 'interrupted');
  if (deadline !== undefined && Date.now() > deadline) throw failure('invalid-input', words.nobodyWrote(path));
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** How much could be read; 0 at the end, undefined where there is nothing yet. */
function readNow(file: number, buffer: Uint8Array, offset: number): number | undefined {
  try {
    return readSync(file, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** As {@link pinLinesOf}, from standard input to its end. */
export async function pinLinesOfStdin(count: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > MAX_LENGTH) break;
  }
  const content = Buffer.concat(chunks);
  try {
    return textLines(content.subarray(0, MAX_LENGTH), count, '-');
  } finally {
    wipe(content, ...chunks);
  }
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

function textLines(content: Uint8Array, count: number, path: string): Uint8Array[] {
  const starts = (mark: readonly number[]) => mark.every((byte, index) => content[index] === byte);
  if (starts(BYTE_ORDER_MARKS.utf16) || starts(BYTE_ORDER_MARKS.utf16BigEndian)) {
    throw failure('invalid-input', words.isUtf16(path));
  }
  const lines = splitLines(content.subarray(starts(BYTE_ORDER_MARKS.utf8) ? BYTE_ORDER_MARKS.utf8.length : 0), count);
  const isCutOff = content.length === MAX_LENGTH && countOf(content, NEWLINE) < count;
  const problem = lines.some((line) => line.includes(0))
    ? words.hasZeroByte(path)
    : isCutOff && words.noPinThatLong(path);
  if (!problem) return lines;
  wipe(...lines);
  throw failure('invalid-input', problem);
}

/** Copies of the first `count` lines without their ends. */
function splitLines(content: Uint8Array, count: number): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (lines.length < count && start < content.length) {
    const newline = content.indexOf(NEWLINE, start);
    const end = newline < 0 ? content.length : newline;
    // Copied by hand: `slice` of a Buffer is a view, and would be wiped along.
    lines.push(Uint8Array.from(content.subarray(start, end > start && content[end - 1] === RETURN ? end - 1 : end)));
    start = end + 1;
  }
  return lines;
}

function countOf(content: Uint8Array, byte: number): number {
  return content.reduce((sum, each) => sum + (each === byte ? 1 : 0), 0);
}
