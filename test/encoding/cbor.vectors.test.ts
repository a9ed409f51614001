import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { type CborValue, decodeCborStrict, decodeCborTolerant, encodeCbor } from '../../src/encoding/cbor.ts';
import { vectors } from '../support/vectors.ts';

/** A value of the vector file's typed form. */
// biome-ignore lint/suspicious/noExplicitAny: data
function typed(form: any): CborValue {
  if ('int' in form) {
    const wide = BigInt(form.int);
    return wide >= BigInt(Number.MIN_SAFE_INTEGER) && wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }
  if ('bytes' in form) return fromHex(form.bytes);
  if ('text' in form) return form.text;
  if ('simple' in form) return form.simple;
  if ('array' in form) return form.array.map(typed);
  // biome-ignore lint/suspicious/noExplicitAny: data
  return new Map(form.map.map(([key, value]: [any, any]) => [typed(key), typed(value)]));
}

describe('canonical encoding', () => {
  for (const { name, value, hex } of vectors.cbor.encode) {
    test(name, () => {
      expect(toHex(encodeCbor(typed(value)))).toBe(hex);
    });
    test(`${name}, read back by both readers`, () => {
      expect(toHex(encodeCbor(decodeCborStrict(fromHex(hex))))).toBe(hex);
      expect(toHex(encodeCbor(decodeCborTolerant(fromHex(hex))))).toBe(hex);
    });
  }

  test('integers beyond 32 bits keep their value and shortest form', () => {
    expect(toHex(encodeCbor(2 ** 32))).toBe('1b0000000100000000');
    expect(toHex(encodeCbor(5n))).toBe('05');
    expect(toHex(encodeCbor(-(2 ** 32) - 1))).toBe('3b0000000100000000');
    expect(decodeCborStrict(fromHex('1b0000000100000000'))).toBe(2 ** 32);
    expect(decodeCborStrict(fromHex('1b001fffffffffffff'))).toBe(Number.MAX_SAFE_INTEGER);
    expect(decodeCborStrict(fromHex('1b0020000000000000'))).toBe(2n ** 53n);
    expect(decodeCborStrict(fromHex('3b001fffffffffffff'))).toBe(-(2n ** 53n));
  });

  test('what CTAP cannot carry is refused', () => {
    expect(() => encodeCbor(1.5)).toThrow('not an integer');
    expect(() => encodeCbor(2n ** 64n)).toThrow('wider than 64 bits');
    expect(() => encodeCbor(-(2n ** 64n))).toThrow('wider than 64 bits');
    expect(toHex(encodeCbor(-(2n ** 64n) + 1n))).toBe('3bfffffffffffffffe');
    expect(() => encodeCbor(undefined)).toThrow('cannot encode undefined');
    expect(() =>
      encodeCbor(
        new Map<CborValue, CborValue>([
          [1, 0],
          [1n, 0],
        ]),
      ),
    ).toThrow('duplicate');
  });
});

describe('strict reader refuses', () => {
  for (const { name, hex } of vectors.cbor.decodeMustFail) {
    test(name, () => {
      expect(() => decodeCborStrict(fromHex(hex))).toThrow(/at byte \d+$/);
    });
  }
});

describe('tolerant reader', () => {
  test('takes unsorted keys, long heads, indefinite arrays and maps', () => {
    expect(decodeCborTolerant(fromHex('a202000100'))).toEqual(
      new Map([
        [2, 0],
        [1, 0],
      ]),
    );
    expect(decodeCborTolerant(fromHex('180a'))).toBe(10);
    expect(decodeCborTolerant(fromHex('1b000000000000000a'))).toBe(10);
    expect(decodeCborTolerant(fromHex('a11b00000000000000013b0000000000000001'))).toEqual(new Map([[1, -2]]));
    expect(decodeCborTolerant(fromHex('9f01ff'))).toEqual([1]);
    expect(decodeCborTolerant(fromHex('bf0102ff'))).toEqual(new Map([[1, 2]]));
  });

  test('takes text that a key cut inside a character', () => {
    expect(decodeCborTolerant(fromHex('62c328'))).toBe('\ufffd(');
  });

  test.each([
    ['duplicate key', 'a201000101'],
    ['duplicate key with another length of head', 'a20100180101'],
    ['trailing byte', 'a000'],
    ['truncated string', '4401'],
    ['announced length beyond the message', '5affffffff00'],
    ['announced array beyond the message', '9affffffff'],
    ['tag', 'c0613a'],
    ['break without container', 'ff'],
    ['reserved head', '1c'],
    ['unassigned simple value, which the decoder takes for packed data', 'e0'],
    ['unassigned simple value of two bytes', 'f8ff'],
    ['nothing', ''],
  ])('refuses: %s', (_, hex) => {
    expect(() => decodeCborTolerant(fromHex(hex))).toThrow(/at byte \d+$/);
  });

  test('refuses endless nesting and floods of items', () => {
    expect(() => decodeCborTolerant(new Uint8Array(5000).fill(0x81))).toThrow('nested too deeply');
    const flood = new Uint8Array(30_003);
    flood.set([0x99, 0x75, 0x30]);
    expect(() => decodeCborTolerant(flood)).toThrow('too many items');
  });
});
