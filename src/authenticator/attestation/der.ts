/** The part of DER (X.690) that is needed to write a certificate. Each function returns a complete element. */
import { concat, utf8 } from '../../encoding/bytes.ts';

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** Constructed, context-specific. */
  context: 0xa0,
} as const;

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return concat(Uint8Array.from(head), content);
}

export const sequence = (...members: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...members);
export const set = (...members: readonly Uint8Array[]): Uint8Array => element(TAG.set, ...members);
export const octetString = (bytes: Uint8Array): Uint8Array => element(TAG.octetString, bytes);
export const bitString = (bytes: Uint8Array): Uint8Array => element(TAG.bitString, Uint8Array.of(0), bytes);
export const utf8String = (text: string): Uint8Array => element(TAG.utf8String, utf8(text));
export const printableString = (text: string): Uint8Array => element(TAG.printableString, utf8(text));
export const booleanTrue: Uint8Array = element(TAG.boolean, Uint8Array.of(0xff));
/** `[number] EXPLICIT`. */
export const explicit = (number: number, content: Uint8Array): Uint8Array => element(TAG.context | number, content);

/** INTEGER with the value of big-endian `bytes`, never negative. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return element(TAG.integer, (digits[0] ?? 0) & 0x80 ? concat(Uint8Array.of(0), digits) : digits);
}

/** OBJECT IDENTIFIER from dotted numbers; the first is below 3 and the second below 40. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.objectIdentifier, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

/** UTCTime from `YYMMDDHHMMSSZ`, years 1950 to 2049. */
export const utcTime = (time: string): Uint8Array => element(TAG.utcTime, utf8(time));
