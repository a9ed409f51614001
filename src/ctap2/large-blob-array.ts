/**
 * The large-blob array (CTAP 2.3 §6.10.3): a list of encrypted entries, one for each credential that has a blob. A
 * client that changes it must write back the entries of others byte for byte, so an entry here is the bytes of its
 * CBOR.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync, inflateSync } from 'node:zlib';
import { concat, equalBytes, fromHex, utf8 } from '../encoding/bytes.ts';
import { CborError, cborArrayElements, decodeCborTolerant, encodeCbor, joinCborArray } from '../encoding/cbor.ts';
import { bytes, required, SchemaError, struct, uint64 } from './schema.ts';

/** The large-blob array, taken apart. */
export interface LargeBlobArray {
  /** The CBOR of each entry. */
  entries: readonly Uint8Array[];
  /** The stored bytes were no intact array. It counts as empty, and writing replaces all of it. */
  damaged: boolean;
}

const TRAILER_LENGTH = 16;

/** What an empty key stores: `80 ‖ LEFT(SHA-256(80), 16)`. */
export const EMPTY_LARGE_BLOB_ARRAY: Uint8Array = fromHex('8076be8b528d0075f7aae98d6fa57a6d3c');

function trailer(array: Uint8Array): Uint8Array {
  return createHash('sha256').update(array).digest().subarray(0, TRAILER_LENGTH);
}

/** Whether the last 16 bytes of `stored` are LEFT(SHA-256) of those before; a key checks no more than this. */
export function hasIntactTrailer(stored: Uint8Array): boolean {
  const array = stored.subarray(0, -TRAILER_LENGTH);
  return array.length > 0 && equalBytes(trailer(array), stored.subarray(-TRAILER_LENGTH));
}

/** The entries in `stored`, all bytes that largeBlobs returned. Never throws: an unreadable array is `damaged`. */
export function parseLargeBlobArray(stored: Uint8Array): LargeBlobArray {
  if (!hasIntactTrailer(stored)) return { entries: [], damaged: true };
  try {
    return { entries: cborArrayElements(stored.subarray(0, -TRAILER_LENGTH)), damaged: false };
  } catch (error) {
    if (error instanceof CborError) return { entries: [], damaged: true };
    throw error;
  }
}

/** The bytes to store for these entries, trailer included. */
export function serializeLargeBlobArray(entries: readonly Uint8Array[]): Uint8Array {
  const array = joinCborArray(entries);
  return concat(array, trailer(array));
}

const largeBlobMap = struct({
  /** AES-256-GCM ciphertext ‖ 16-byte tag. */
  ciphertext: required(0x01, bytes),
  /** 12 bytes. */
  nonce: required(0x02, bytes),
  /** Length of the data before compression. */
  origSize: required(0x03, uint64),
});

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** Longest data of one blob, in bytes; longer than any key can store without compression. */
export const MAX_LARGE_BLOB_LENGTH: number = 1024 * 1024;

function associatedData(origSize: number | bigint): Uint8Array {
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(origSize), true);
  return concat(utf8('blob'), new Uint8Array(size.buffer));
}

/**
 * A new entry holding `data`, for the credential with this 32-byte largeBlobKey.
 * @throws {RangeError} if the data is longer than {@link MAX_LARGE_BLOB_LENGTH}.
 */
export function sealLargeBlob(largeBlobKey: Uint8Array, data: Uint8Array): Uint8Array {
  if (data.length > MAX_LARGE_BLOB_LENGTH) throw new RangeError(`blob is longer than ${MAX_LARGE_BLOB_LENGTH} bytes`);
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', largeBlobKey, nonce).setAAD(associatedData(data.length));
  const ciphertext = concat(cipher.update(deflateRawSync(data)), cipher.final(), cipher.getAuthTag());
  return encodeCbor(largeBlobMap.encode({ ciphertext, nonce: new Uint8Array(nonce), origSize: data.length }));
}

/** An entry that a large-blob key has opened. */
export interface OpenedLargeBlob {
  /** Undefined if the entry is this credential's, but its content cannot be inflated to the size it claims. */
  data: Uint8Array | undefined;
}

/** What `entry` holds, or undefined if it is not for this 32-byte largeBlobKey or no entry in the known form. */
export function openLargeBlob(largeBlobKey: Uint8Array, entry: Uint8Array): OpenedLargeBlob | undefined {
  const sealed = readSealedLargeBlob(entry);
  return sealed && openSealedLargeBlob(largeBlobKey, sealed);
}

/**
 * The entries with `sealed` where the key's own entry stands, or last if there was none; all others stay byte for byte, and
 * further ones of the same key go.
 * @param largeBlobKey 32 bytes
 */
export function replaceLargeBlob(
  entries: readonly Uint8Array[],
  largeBlobKey: Uint8Array,
  sealed: Uint8Array,
): readonly Uint8Array[] {
  const isOwn = entries.map((entry) => openLargeBlob(largeBlobKey, entry) !== undefined);
  const at = isOwn.indexOf(true);
  const others = entries.filter((_, index) => !isOwn[index]);
  return others.toSpliced(at < 0 ? others.length : at, 0, sealed);
}

/** What `sealed` holds, or undefined if it is not for this 32-byte largeBlobKey. */
export function openSealedLargeBlob(
  largeBlobKey: Uint8Array,
  { ciphertext, nonce, origSize }: SealedLargeBlob,
): OpenedLargeBlob | undefined {
  const decipher = createDecipheriv('aes-256-gcm', largeBlobKey, nonce)
    .setAAD(associatedData(origSize))
    .setAuthTag(ciphertext.subarray(-TAG_LENGTH));
  const compressed = decipher.update(ciphertext.subarray(0, -TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return { data: inflate(compressed, origSize) };
}

/** An entry in the known form, still encrypted. */
export interface SealedLargeBlob {
  readonly ciphertext: Uint8Array;
  readonly nonce: Uint8Array;
  readonly origSize: number | bigint;
}

/** Takes an entry apart without decrypting it; undefined if it is in no known form. */
export function readSealedLargeBlob(entry: Uint8Array): SealedLargeBlob | undefined {
  try {
    const fields = largeBlobMap.decode(decodeCborTolerant(entry), 'largeBlobMap');
    return fields.nonce.length === NONCE_LENGTH && fields.ciphertext.length >= TAG_LENGTH ? fields : undefined;
  } catch (error) {
    if (error instanceof CborError || error instanceof SchemaError) return undefined;
    throw error;
  }
}

/** Bytes of data that an entry claims to hold, whichever credential it belongs to; undefined beyond 2^53. */
export function claimedLargeBlobSize({ origSize }: SealedLargeBlob): number | undefined {
  return typeof origSize === 'number' ? origSize : undefined;
}

/** Inflates to `origSize` bytes; undefined if there are more or fewer. */
function inflate(compressed: Uint8Array, origSize: number | bigint): Uint8Array | undefined {
  if (origSize > MAX_LARGE_BLOB_LENGTH) return undefined;
  const options = { maxOutputLength: Math.max(1, Number(origSize)) };
  // Entries are raw DEFLATE; python-fido2 before 1.0 wrote the zlib form, whose header no raw stream can begin with.
  for (const inflateForm of [inflateRawSync, inflateSync]) {
    try {
      const data = inflateForm(compressed, options);
      if (data.length === Number(origSize)) return new Uint8Array(data);
    } catch {
      // It is not in this form, or longer than it claims.
    }
  }
  return undefined;
}
