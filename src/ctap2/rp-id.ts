/** RP IDs as keys store them: hashed, and shortened where they are long (CTAP 2.3 §6.8.7). */
import { createHash } from 'node:crypto';
import { equalBytes, utf8 } from '../encoding/bytes.ts';

const ELLIPSIS = '\u2026';
const ELLIPSIS_BYTES = 3;

/** The least that a key must store of an RP ID, in bytes. */
export const MIN_STORED_RP_ID_LENGTH = 32;

/** SHA-256 of the RP ID, 32 bytes. */
export function rpIDHash(rpId: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(rpId).digest());
}

/**
 * `rpId` in at most `maxBytes` of UTF-8: all of it, or its text through the first `:`, U+2026, and as much of its tail
 * as fits, whole characters only.
 */
export function shortenRpId(rpId: string, maxBytes: number = MIN_STORED_RP_ID_LENGTH): string {
  const bytes = utf8(rpId);
  if (bytes.length <= maxBytes) return rpId;
  const scheme = decodeWhole(bytes.subarray(0, Math.min(bytes.indexOf(COLON) + 1, maxBytes)));
  const room = maxBytes - utf8(scheme).length - ELLIPSIS_BYTES;
  if (room < 0) return scheme;
  return scheme + ELLIPSIS + decodeWhole(bytes.subarray(bytes.length - room));
}

const COLON = 0x3a;

/** The text in `bytes` without a character that is cut at either end. */
function decodeWhole(bytes: Uint8Array): string {
  let [start, end] = [0, bytes.length];
  while (start < end && isContinuation(bytes[start])) start++;
  // The last character is dropped if its first byte says that it is longer than what is left.
  let last = end - 1;
  while (last > start && isContinuation(bytes[last])) last--;
  if (last >= start && last + characterLength(bytes[last] ?? 0) > end) end = last;
  return new TextDecoder().decode(bytes.subarray(start, end));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function characterLength(firstByte: number): number {
  if (firstByte < 0x80) return 1;
  if (firstByte < 0xe0) return 2;
  return firstByte < 0xf0 ? 3 : 4;
}

/**
 * Whether `rpId`, as a key shows it, is shortened. With the hash that came with it the answer is certain; without, an
 * ellipsis is the sign, which no whole RP ID contains: domains are spelled in ASCII.
 */
export function isShortenedRpId(rpId: string, hash?: Uint8Array | undefined): boolean {
  return hash ? !equalBytes(rpIDHash(rpId), hash) : rpId.includes(ELLIPSIS);
}

/** Whether a key could show `rpId` as `stored`, whatever length the key stores. */
export function isStoredFormOf(stored: string, rpId: string): boolean {
  return stored === rpId || stored === shortenRpId(rpId, utf8(stored).length);
}
