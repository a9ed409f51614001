import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EMPTY_LARGE_BLOB_ARRAY,
  hasIntactTrailer,
  MAX_LARGE_BLOB_LENGTH,
  openLargeBlob,
  parseLargeBlobArray,
  sealLargeBlob,
  serializeLargeBlobArray,
} from '../../src/ctap2/large-blob-array.ts';
import { concat, fromHex, toHex, utf8 } from '../../src/encoding/bytes.ts';
import { type CborValue, decodeCborStrict, encodeCbor } from '../../src/encoding/cbor.ts';
import { exchanges, largeBlobVectors } from '../support/python-fido2.ts';
import { vectors } from '../support/vectors.ts';

const { largeBlobs: vector } = vectors;

/** An entry whose plaintext and origSize need not fit, as a hostile key or a faulty writer makes them. */
function sealRaw(key: Uint8Array, compressed: Uint8Array, origSize: number | bigint): Uint8Array {
  const nonce = new Uint8Array(12).fill(7);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(origSize));
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(concat(utf8('blob'), size));
  const ciphertext = concat(cipher.update(compressed), cipher.final(), cipher.getAuthTag());
  return encodeCbor(
    new Map<CborValue, CborValue>([
      [1, ciphertext],
      [2, nonce],
      [3, origSize],
    ]),
  );
}

describe('vectors', () => {
  const key = fromHex(vector.largeBlobKey);

  test('the empty array', () => {
    expect(toHex(EMPTY_LARGE_BLOB_ARRAY)).toBe(vector.emptyArraySerialized);
    expect(toHex(serializeLargeBlobArray([]))).toBe(vector.emptyArraySerialized);
    expect(parseLargeBlobArray(EMPTY_LARGE_BLOB_ARRAY)).toEqual({ entries: [], damaged: false });
  });

  test('an entry is opened and stored again', () => {
    const { entries, damaged } = parseLargeBlobArray(fromHex(vector.serializedArray));
    expect(damaged).toBe(false);
    expect(entries.map((entry) => toHex(openLargeBlob(key, entry)!.data!))).toEqual([vector.original]);
    expect(toHex(serializeLargeBlobArray(entries))).toBe(vector.serializedArray);
  });

  test('the entry it would seal, given its DEFLATE and nonce', () => {
    expect(toHex(inflateRawSync(fromHex(vector.compressed)))).toBe(vector.original);
    const entry = decodeCborStrict(sealLargeBlob(key, fromHex(vector.original))) as Map<number, Uint8Array>;
    const [ciphertext, nonce] = [entry.get(1)!, entry.get(2)!];
    expect([...entry.keys()]).toEqual([1, 2, 3]);
    expect([nonce.length, entry.get(3)]).toEqual([12, vector.originalSize]);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
      .setAAD(fromHex(vector.associatedData))
      .setAuthTag(ciphertext.subarray(-16));
    const compressed = concat(decipher.update(ciphertext.subarray(0, -16)), decipher.final());
    expect(toHex(inflateRawSync(compressed))).toBe(vector.original);
  });
});

describe('arrays of python-fido2', () => {
  const [key, stranger] = [fromHex(largeBlobVectors.largeBlobKey), fromHex(largeBlobVectors.strangersLargeBlobKey)];

  test('three entries: a stranger’s, an unknown form, ours', () => {
    const { entries, damaged } = parseLargeBlobArray(fromHex(largeBlobVectors.stored));
    expect(damaged).toBe(false);
    const opened = entries.map((entry) => openLargeBlob(key, entry)?.data).map((data) => data && toHex(data));
    expect(opened).toEqual([undefined, undefined, largeBlobVectors.data]);
    expect(openLargeBlob(stranger, entries[0]!)?.data).toEqual(utf8('not ours'));
    expect(toHex(serializeLargeBlobArray(entries))).toBe(largeBlobVectors.stored);
  });

  test('fragments put together', () => {
    const fragments = exchanges.filter(({ name }) => name.includes('protocol 2: get, fragments'));
    const stored = concat(...fragments.map(({ response }) => response.config as Uint8Array));
    expect(toHex(stored)).toBe(largeBlobVectors.stored);
  });

  test('its zlib headers are read', () => {
    const { entries } = parseLargeBlobArray(fromHex(largeBlobVectors.storedByPythonFido2));
    expect(entries.map((entry) => toHex(openLargeBlob(key, entry)!.data!))).toEqual([largeBlobVectors.data]);
  });
});

const aesKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyEntry = fc.oneof(
  fc.tuple(aesKey, fc.uint8Array({ maxLength: 200 })).map(([key, data]) => sealLargeBlob(key, data)),
  fc.oneof(fc.nat(), fc.string(), fc.uint8Array(), fc.constant(new Map())).map((value) => encodeCbor(value)),
  // Not canonical: heads of other writers stay as they are.
  fc.constantFrom('1800', '9f01ff', 'bf0102ff', '5900010a').map(fromHex),
);

describe('large-blob array', () => {
  test('any entries come back byte for byte', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 30 }), (entries) => {
        const stored = serializeLargeBlobArray(entries);
        expect(parseLargeBlobArray(stored)).toEqual({ entries, damaged: false });
        expect(hasIntactTrailer(stored)).toBe(true);
      }),
    );
  });

  test('an array of indefinite length is read too', () => {
    const array = fromHex('9f0102ff');
    const trailer = serializeLargeBlobArray([]).length - 1;
    expect(trailer).toBe(16);
    const stored = concat(array, hashLeft(array));
    expect(parseLargeBlobArray(stored)).toEqual({ entries: [fromHex('01'), fromHex('02')], damaged: false });
  });

  test('every flipped bit and every cut is damage, and damage is an empty array', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 5 }), fc.nat(), fc.nat({ max: 7 }), (entries, at, bit) => {
        const stored = serializeLargeBlobArray(entries);
        const cut = stored.subarray(0, at % stored.length);
        stored[at % stored.length]! ^= 1 << bit;
        expect(parseLargeBlobArray(stored)).toEqual({ entries: [], damaged: true });
        expect(parseLargeBlobArray(cut)).toEqual({ entries: [], damaged: true });
      }),
    );
  });

  test.each([
    ['no array', 'a0'],
    ['bytes after the array', '8000'],
    ['fewer elements than announced', '8201'],
    ['a tag', '81c000'],
  ])('an intact trailer over %s is damage as well', (_, hex) => {
    const array = fromHex(hex);
    const stored = concat(array, hashLeft(array));
    expect(hasIntactTrailer(stored)).toBe(true);
    expect(parseLargeBlobArray(stored)).toEqual({ entries: [], damaged: true });
  });

  test('nothing, or a trailer over nothing, is damage', () => {
    expect(parseLargeBlobArray(new Uint8Array(0)).damaged).toBe(true);
    expect(parseLargeBlobArray(hashLeft(new Uint8Array(0))).damaged).toBe(true);
  });
});

function hashLeft(array: Uint8Array): Uint8Array {
  // The trailer is what serialising appends; rebuilt here so that faulty arrays get a right one.
  return new Uint8Array(createHash('sha256').update(array).digest().subarray(0, 16));
}

describe('entries', () => {
  test('opened by their key alone', () => {
    fc.assert(
      fc.property(aesKey, fc.uint8Array({ maxLength: 3000 }), fc.nat({ max: 255 }), (key, data, bit) => {
        const entry = sealLargeBlob(key, data);
        expect(openLargeBlob(key, entry)?.data).toEqual(data);
        const other = key.slice();
        other[bit >> 3]! ^= 1 << (bit & 7);
        expect(openLargeBlob(other, entry)).toBeUndefined();
      }),
    );
  });

  test('a flipped bit never gives other data', () => {
    fc.assert(
      fc.property(aesKey, fc.uint8Array({ maxLength: 60 }), fc.nat(), fc.nat({ max: 7 }), (key, data, at, bit) => {
        const entry = sealLargeBlob(key, data);
        entry[at % entry.length]! ^= 1 << bit;
        expect(openLargeBlob(key, entry)).toBeUndefined();
      }),
    );
  });

  test('two seals of the same data differ', () => {
    const key = new Uint8Array(32);
    expect(toHex(sealLargeBlob(key, utf8('x')))).not.toBe(toHex(sealLargeBlob(key, utf8('x'))));
  });

  const key = new Uint8Array(32).fill(9);
  const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024));

  test.each<[string, Uint8Array, number | bigint]>([
    ['inflates to more than it claims', bomb, 10],
    ['claims more than is inflated at all', bomb, 64 * 1024 * 1024],
    ['claims 2^64 − 1 bytes', deflateRawSync(utf8('x')), 2n ** 64n - 1n],
    ['claims too much', deflateRawSync(utf8('x')), 2],
    ['claims nothing', deflateRawSync(utf8('x')), 0],
    ['is no DEFLATE', utf8('not compressed'), 14],
    ['is empty', new Uint8Array(0), 0],
  ])('ours, but %s', (_, compressed, origSize) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(openLargeBlob(key, sealRaw(key, compressed, origSize))).toEqual({ data: undefined });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });

  test('as long as allowed, and longer', () => {
    const longest = new Uint8Array(MAX_LARGE_BLOB_LENGTH);
    expect(openLargeBlob(key, sealLargeBlob(key, longest))?.data?.length).toBe(MAX_LARGE_BLOB_LENGTH);
    expect(() => sealLargeBlob(key, new Uint8Array(MAX_LARGE_BLOB_LENGTH + 1))).toThrow(RangeError);
  });

  test.each([
    ['no map', '01'],
    ['members missing', 'a10141aa'],
    ['members of another type', 'a3010202030304'],
    ['ciphertext without room for a tag', 'a30141aa024c0000000000000000000000000301'],
    ['nonce of another length', `a30150${'00'.repeat(16)}02410003 01`.replace(' ', '')],
    ['broken CBOR', 'a301'],
  ])('not in the known form: %s', (_, hex) => {
    expect(openLargeBlob(key, fromHex(hex))).toBeUndefined();
  });
});
