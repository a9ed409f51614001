/** Where a PIN comes from, and what is wrong with it. */
import type { pin } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { cannotRead } from './files.ts';

export const PIN_NEEDED: FailureText = {
  message: 'the PIN is needed, and nobody can be asked',
  hint: 'Give it with --pin-file PATH (first line; - for stdin).',
};

export const NEW_PIN_NEEDED: FailureText = {
  message: 'the new PIN is needed, and nobody can be asked',
  hint: 'Give it with --new-pin-file PATH (first line; - for stdin), or let one be drawn with --generate.',
};

export function noPinOnStdin(line: number): FailureText {
  return {
    message: `standard input has no PIN in line ${line}`,
    hint: 'Line 1 is the PIN; with both --pin-file - and --new-pin-file -, line 1 is the current PIN and line 2 the new one.',
  };
}

export function cannotReadPin(path: string, error: unknown): FailureText {
  const { message } = cannotRead(path, error, 'the PIN from ');
  return { message, hint: 'The first line of that file is the PIN.' };
}

export function emptyFirstLine(path: string): FailureText {
  return { message: `the first line of ${path} is empty`, hint: 'Put the PIN there.' };
}

export function isUtf16(path: string): FailureText {
  return { message: `${named(path)} is UTF-16, which no key takes for a PIN`, hint: 'Save it as UTF-8.' };
}

export function hasZeroByte(path: string): FailureText {
  return {
    message: `the PIN in ${named(path)} contains a zero byte; no try was spent`,
    hint: 'It may be UTF-16: save it as UTF-8.',
  };
}

export function noPinThatLong(path: string): FailureText {
  return { message: `the first line of ${named(path)} is longer than any PIN`, hint: 'A PIN has at most 63 bytes.' };
}

export function nobodyWrote(path: string): FailureText {
  return { message: `nobody has written a PIN into ${path}`, hint: 'Write it there, or name another file.' };
}

function named(path: string): string {
  return path === '-' ? 'standard input' : path;
}

export const GENERATE_OR_FILE: FailureText = {
  message: '--generate draws the new PIN, and --new-pin-file gives one',
  hint: 'Give one of the two. A file for the PIN that is drawn: --new-pin-out FILE',
};

export const OUT_NEEDS_GENERATE: FailureText = {
  message: '--new-pin-out is for a PIN that --generate draws',
  hint: 'Add --generate, or leave it out.',
};

export function currentPin(retries: number | undefined): string {
  return `Current PIN${triesLeft(retries)}:`;
}
export const TYPE_THE_PIN = 'Type the PIN.';

export function newPin({ minLength, maxLength, complexityPolicy }: pin.PinRules): string {
  const length = minLength === maxLength ? `${minLength}` : `${minLength} to ${maxLength}`;
  return `New PIN (${length} characters${complexityPolicy ? ', not too simple' : ''}):`;
}
export const SAME_AGAIN = 'The same again:';
export const THE_TWO_DIFFER = 'The two differ. Start again.';

/** What a prompt answers to a PIN that the key would not take. */
export function notAcceptable({ message, hint = '' }: { message: string; hint?: string }): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}. ${hint}`.trim();
}

/** ` (1 try left)`; nothing if the key does not tell. */
export function triesLeft(retries: number | undefined): string {
  return retries === undefined ? '' : ` (${retries} ${retries === 1 ? 'try' : 'tries'} left)`;
}
