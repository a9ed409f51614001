/**
 * CTAP2 canonical CBOR (CTAP 2.3 §8) on cbor-x: a strict encoder, a tolerant reader for clients, a strict one for keys.
 */
import { Encoder } from 'cbor-x/encode';
import { concat } from './bytes.ts';
import { CborError, type CborScanOptions, compareKeys, scanCbor, scanFirstCbor } from './cbor-scan.ts';

export { CborError } from './cbor-scan.ts';

/** What CTAP messages are made of. Integers beyond 2^53 are `bigint`. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | CborMap;
export type CborMap = ReadonlyMap<CborValue, CborValue>;

const codec = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  tagUint8Array: false,
  variableMapSize: true,
});

/**
 * Encodes `value` canonically: shortest forms, definite lengths, keys sorted.
 * @throws {RangeError} on a number that is no integer of 64 bits, a duplicate key, or an unsupported type.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  // cbor-x hands out views of a shared buffer; a copy keeps earlier results intact and secrets wipeable.
  return new Uint8Array(codec.encode(canonical(value)));
}

/** The value with maps in canonical order and integers in the type for which cbor-x picks the shortest form. */
function canonical(value: CborValue): CborValue {
  if (typeof value === 'number' || typeof value === 'bigint') return canonicalInteger(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Map) {
    const entries = [...value].map(([key, member]) => ({
      key: encodeCbor(key),
      entry: [canonical(key), canonical(member)] as const,
    }));
    entries.sort((a, b) => compareKeys(a.key, b.key));
    for (let i = 1; i < entries.length; i++) {
      if (compareKeys(entries[i - 1]?.key as Uint8Array, entries[i]?.key as Uint8Array) === 0) {
        throw new RangeError('duplicate map key');
      }
    }
    return new Map(entries.map(({ entry }) => entry));
  }
  throw new RangeError(`cannot encode ${typeof value} as CTAP2 CBOR`);
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

function canonicalInteger(value: number | bigint): number | bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('not an integer');
  const integer = BigInt(value);
  // CBOR could hold -2^64 too, but cbor-x writes it with a tag, and CTAP does not need it.
  if (integer > MAX_UINT64 || integer < -MAX_UINT64) throw new RangeError('integer wider than 64 bits');
  // cbor-x writes a number beyond 32 bits as a float and every bigint in 9 bytes, so small values become numbers here
  // and wide ones bigints.
  return integer <= 0xffff_ffffn && integer >= -0x1_0000_0000n ? Number(integer) : integer;
}

const TOLERANT: CborScanOptions = { canonical: false, maxDepth: 16, maxItems: 20_000 };

/**
 * Reads a key's answer. Real keys do not always sort maps or use the shortest heads, so neither is required here.
 * Depth, number of items, duplicate keys and trailing bytes are checked.
 * @throws {CborError}
 */
export function decodeCborTolerant(bytes: Uint8Array): CborValue {
  return decode(bytes, TOLERANT);
}

/**
 * Length in bytes of the data item that `bytes` begin with, read as tolerantly. Authenticator data and the large-blob
 * array hold items one after the other without saying how long each is.
 * @throws {CborError}
 */
export function firstCborLength(bytes: Uint8Array): number {
  return scanFirstCbor(bytes, TOLERANT);
}

/**
 * The elements of an array as the bytes they came in, for callers that pass them on unchanged.
 * @throws {CborError} if `bytes` are not exactly one array.
 */
export function cborArrayElements(bytes: Uint8Array): Uint8Array[] {
  scanCbor(bytes, TOLERANT);
  const initial = bytes[0] as number;
  if (initial >> 5 !== MAJOR_ARRAY) throw new CborError('not an array', 0);
  const info = initial & 0x1f;
  const end = info === INDEFINITE ? bytes.length - 1 : bytes.length;
  const elements: Uint8Array[] = [];
  let at = info < 24 || info === INDEFINITE ? 1 : 1 + (1 << (info - 24));
  while (at < end) {
    const next = at + firstCborLength(bytes.subarray(at, end));
    elements.push(Uint8Array.from(bytes.subarray(at, next)));
    at = next;
  }
  return elements;
}

/** The CBOR of an array whose elements are CBOR already. */
export function joinCborArray(elements: readonly Uint8Array[]): Uint8Array {
  // The head of an array is that of its length as an integer, with another major type.
  const head = encodeCbor(elements.length);
  head[0] = (head[0] as number) | (MAJOR_ARRAY << 5);
  return concat(head, ...elements);
}

const MAJOR_ARRAY = 4;
const INDEFINITE = 31;

/**
 * Reads a client's request as an authenticator must: canonical, at most four nested containers.
 * @throws {CborError}
 */
export function decodeCborStrict(bytes: Uint8Array): CborValue {
  // cbor-x reads the float 2.0 as the integer 2. No CTAP message has floats: each becomes NaN, which is no integer.
  const copy = Uint8Array.from(bytes);
  const onFloat = (from: number, to: number) => copy.fill(0xff, from, to);
  return decode(copy, { canonical: true, maxDepth: 4, maxItems: 20_000, onFloat });
}

function decode(bytes: Uint8Array, options: CborScanOptions): CborValue {
  scanCbor(bytes, options);
  try {
    return copied(codec.decode(bytes) as CborValue);
  } catch (error) {
    throw new CborError(`cannot be decoded (${(error as Error).message})`, 0);
  }
}

/**
 * Copies a decoded value. cbor-x returns byte strings as Buffer views of the input; here they become Uint8Arrays of
 * their own. cbor-x returns every integer with an 8-byte head as bigint; here it is a number up to 2^53, however long
 * its head.
 */
function copied(value: CborValue): CborValue {
  if (typeof value === 'bigint') return MIN_SAFE <= value && value <= MAX_SAFE ? Number(value) : value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [copied(key), copied(member)]));
  return value;
}
