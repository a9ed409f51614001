/**
 * Large blobs of a recording. What they held is not in a trace, so an array is rebuilt with the recorded number of bytes
 * and one entry, which belongs to the first credential that has a large-blob key, or to nobody. How many entries there
 * were and whose they were cannot be rebuilt: a recording whose exchanges depend on that (a blob deleted, compacted or
 * replaced) does not replay, and says so.
 */
import { createCipheriv } from 'node:crypto';
import { EMPTY_LARGE_BLOB_ARRAY, serializeLargeBlobArray } from '../../src/ctap2/large-blob-array.ts';
import { concat, utf8 } from '../../src/encoding/bytes.ts';
import { encodeCbor } from '../../src/encoding/cbor.ts';
import type { TraceRecord } from '../../src/trace/trace.ts';
import { isObject } from './recorded-answer.ts';
import type { SyntheticValues } from './synthetic-values.ts';

/**
 * Binds the fragments of the reading that begins with the first of `exchanges`.
 * @param exchanges of one session, from the reading on
 * @throws {Error} if it breaks off, or has a length that no such array has
 */
export function bindLargeBlobs(
  exchanges: readonly TraceRecord[],
  values: SyntheticValues,
  largeBlobKey: Uint8Array | undefined,
): void {
  const fragments = fragmentsOf(exchanges);
  if (fragments.every((shown) => values.known(shown))) return;
  if (fragments.some((shown) => values.known(shown))) {
    throw new Error('part of the large blobs was seen before and part was not: what they hold is not in a recording');
  }
  const total = fragments.reduce((sum, shown) => sum + lengthOf(shown), 0);
  const isReadAgain = JSON.stringify(fragmentsOf(exchanges.slice(fragments.length))) === JSON.stringify(fragments);
  // The client reads again what looks damaged.
  const array = isReadAgain ? new Uint8Array(total) : arrayOf(total, largeBlobKey ?? new Uint8Array(32));
  let offset = 0;
  for (const shown of fragments) {
    values.bind(shown, array.slice(offset, offset + lengthOf(shown)));
    offset += lengthOf(shown);
  }
}

/** Aliases of the fragments, up to and with the one that is shorter than asked for. */
function fragmentsOf(exchanges: readonly TraceRecord[]): string[] {
  const fragments: string[] = [];
  for (const { command, request, response } of exchanges) {
    if (command !== 'largeBlobs' || !isObject(request) || !isObject(response)) break;
    if (typeof request.get !== 'number' || typeof response.config !== 'string') break;
    fragments.push(response.config);
    if (lengthOf(response.config) < request.get) break;
  }
  return fragments;
}

function lengthOf(shown: string): number {
  return Number(/^<(\d+) bytes/.exec(shown)?.[1]);
}

/** An intact array of `total` bytes. */
function arrayOf(total: number, largeBlobKey: Uint8Array): Uint8Array {
  if (total === EMPTY_LARGE_BLOB_ARRAY.length) return EMPTY_LARGE_BLOB_ARRAY;
  // Heads of one to three bytes leave gaps between lengths; empty DEFLATE blocks of five bytes close them.
  for (let blocks = 1; blocks <= 8; blocks++) {
    for (let length = Math.max(0, total - 5 * blocks - 80); length < total; length++) {
      const array = serializeLargeBlobArray([entryOf(length, blocks, largeBlobKey)]);
      if (array.length === total) return array;
    }
  }
  throw new Error(`no large-blob array with one entry has ${total} bytes`);
}

const EMPTY_BLOCK = Uint8Array.of(0, 0, 0, 0xff, 0xff);

/** A largeBlobMap (CTAP 2.3 §6.10.3) that holds `length` zeros, in `blocks` uncompressed DEFLATE blocks. */
function entryOf(length: number, blocks: number, largeBlobKey: Uint8Array): Uint8Array {
  const [low, high] = [length & 0xff, (length >> 8) & 0xff];
  const head = Uint8Array.of(1, low, high, ~low & 0xff, ~high & 0xff);
  const deflated = concat(...Array.from({ length: blocks - 1 }, () => EMPTY_BLOCK), head, new Uint8Array(length));
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(length), true);
  const nonce = new Uint8Array(12);
  const cipher = createCipheriv('aes-256-gcm', largeBlobKey, nonce);
  cipher.setAAD(concat(utf8('blob'), new Uint8Array(size.buffer)));
  const ciphertext = concat(cipher.update(deflated), cipher.final(), cipher.getAuthTag());
  return encodeCbor(
    new Map<number, Uint8Array | number>([
      [1, ciphertext],
      [2, nonce],
      [3, length],
    ]),
  );
}
