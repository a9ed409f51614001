import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkNewPin, generatePin, normalizePin } from '../../../src/client/pin/text.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { vectors } from '../../support/vectors.ts';

const rules = { minLength: 4, maxLength: 63 };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('normal form', () => {
  test('decomposed and composed text are the same PIN', () => {
    expect(text(normalizePin(utf8('pa\u0308sswo\u0308rd-🔑')))).toBe(vectors.pinProtocolOne.changePIN.newPin);
  });
  test('a BOM at the start stays part of the PIN', () => {
    expect(normalizePin(utf8('\ufeffabcd'))).toHaveLength(7);
  });
  test('bytes that are no text are refused', () => {
    expect(() => normalizePin(Uint8Array.of(0xc3, 0x28))).toThrow('not valid UTF-8');
  });
  test('the result is a copy', () => {
    const typed = utf8('1234');
    expect(normalizePin(typed)).not.toBe(typed);
  });
});

describe('length counts code points, and bytes at most 63', () => {
  test.each([
    ['123', 'the new PIN has 3 characters; this key wants at least 4'],
    ['1', 'the new PIN has 1 character; this key wants at least 4'],
    ['🔑🔑🔑', 'the new PIN has 3 characters'],
    ['x'.repeat(64), 'the new PIN has 64 characters; this key takes at most 63'],
    ['🔑'.repeat(16), 'the new PIN takes 64 bytes'],
    ['1234\u0000', 'zero byte'],
  ])('%j', (pin, message) => {
    expect(() => checkNewPin(utf8(pin), rules)).toThrow(message);
  });
  test.each(['1234', '🔑🔑🔑🔑', 'x'.repeat(63), 'é'.repeat(31)])('%j is fine', (pin) => {
    expect(() => checkNewPin(utf8(pin), rules)).not.toThrow();
  });
  test('no message holds the PIN', () => {
    try {
      checkNewPin(utf8('987'), rules);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + (error as Error).message).not.toContain('987');
    }
  });
});

describe('generated PINs', () => {
  test('meet the rules, and are no pattern', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 63 }), fc.integer({ min: 4, max: 63 }), (a, b) => {
        const own = { minLength: Math.min(a, b), maxLength: Math.max(a, b) };
        const pin = generatePin(own);
        expect(() => checkNewPin(pin, own)).not.toThrow();
        expect(text(pin)).toMatch(/^\d+$/);
        expect(text(pin)).not.toMatch(/(\d)\1\1|012|123|234|345|456|567|678|789|987|876|765|654|543|432|321|210/);
      }),
    );
  });
  test.each([0, 1, 3])(
    'cannot be had where the key takes at most %i characters, and that ends at once',
    (maxLength) => {
      expect(() => generatePin({ minLength: 4, maxLength })).toThrow('so it cannot have one');
    },
  );
  test('have eight digits where the key allows, and differ', () => {
    const drawn = new Set(Array.from({ length: 200 }, () => text(generatePin(rules))));
    expect([...drawn].every((pin) => pin.length === 8)).toBe(true);
    expect(drawn.size).toBeGreaterThan(195);
  });
});
