import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../src/encoding/bytes.ts';
import {
  CborError,
  type CborValue,
  cborArrayElements,
  decodeCborTolerant,
  encodeCbor,
  firstCborLength,
  joinCborArray,
} from '../../src/encoding/cbor.ts';
import { vectors } from '../support/vectors.ts';

const { value: cborValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.bigInt({ min: 1n - 2n ** 64n, max: 2n ** 64n - 1n }),
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 30 }).map((record) => new Map(Object.entries(record))),
  ),
}));

describe('length of the first item', () => {
  test('is that of its encoding, whatever follows', () => {
    fc.assert(
      fc.property(cborValue, fc.uint8Array(), (value, rest) => {
        const encoded = encodeCbor(value);
        expect(firstCborLength(concat(encoded, rest))).toBe(encoded.length);
      }),
    );
  });

  test('a cut item has none', () => {
    fc.assert(
      fc.property(cborValue, fc.nat(), (value, at) => {
        const encoded = encodeCbor(value);
        expect(() => firstCborLength(encoded.subarray(0, at % encoded.length))).toThrow(CborError);
      }),
    );
  });

  test('of noise is either refused or decodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        let length: number;
        try {
          length = firstCborLength(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(CborError);
          return;
        }
        expect(length).toBeGreaterThan(0);
        expect(() => decodeCborTolerant(noise.subarray(0, length))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  for (const { name, hex } of vectors.cbor.encode) {
    test(`vector: ${name}`, () => {
      expect(firstCborLength(fromHex(`${hex}ff`))).toBe(hex.length / 2);
    });
  }

  test('in other forms than the canonical', () => {
    expect(firstCborLength(fromHex('9f0102ff03'))).toBe(4);
    expect(firstCborLength(fromHex('1b000000000000000100'))).toBe(9);
  });
});

describe('elements of an array', () => {
  test('come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(cborValue, { maxLength: 40 }), (values) => {
        const elements = values.map(encodeCbor);
        const joined = joinCborArray(elements);
        expect(toHex(joined)).toBe(toHex(encodeCbor(values)));
        expect(cborArrayElements(joined)).toEqual(elements);
      }),
    );
  });

  test.each([
    ['23', 23],
    ['24', 24],
    ['256', 256],
    ['70000 (beyond the items we accept)', 70_000],
  ])('%s of them', (_, count) => {
    const elements = Array.from({ length: count }, () => Uint8Array.of(0));
    if (count > 20_000) expect(() => cborArrayElements(joinCborArray(elements))).toThrow('too many items');
    else expect(cborArrayElements(joinCborArray(elements))).toEqual(elements);
  });

  test('keep the form another writer gave them, in copies', () => {
    const bytes = Buffer.from('98039f01ff180241ff', 'hex');
    const elements = cborArrayElements(bytes);
    bytes.fill(0);
    expect(elements.map(toHex)).toEqual(['9f01ff', '1802', '41ff']);
    expect(elements[0]?.constructor).toBe(Uint8Array);
    expect(cborArrayElements(fromHex('9fff'))).toEqual([]);
  });

  test.each([
    ['a map', 'a0', 'not an array'],
    ['more than the array', '8000', 'bytes after the item'],
    ['a cut array', '8200', 'ends early'],
    ['nothing', '', 'ends early'],
  ])('are not taken from %s', (_, hex, message) => {
    expect(() => cborArrayElements(fromHex(hex))).toThrow(message);
  });
});
