import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShortenedRpId, isStoredFormOf, rpIDHash, shortenRpId } from '../../src/ctap2/rp-id.ts';
import { toHex, utf8 } from '../../src/encoding/bytes.ts';
import { exchanges } from '../support/python-fido2.ts';
import { vectors } from '../support/vectors.ts';

describe('vectors', () => {
  test.each<{ rpId: string; stored: string; storedText?: string }>(vectors.rpIdTruncation)('$rpId', (vector) => {
    const shortened = shortenRpId(vector.rpId);
    expect(toHex(utf8(shortened))).toBe(vector.stored);
    expect(shortened).toBe(vector.storedText ?? vector.rpId);
    expect(isShortenedRpId(shortened)).toBe(shortened !== vector.rpId);
    expect(isShortenedRpId(shortened, rpIDHash(vector.rpId))).toBe(shortened !== vector.rpId);
    expect(isStoredFormOf(shortened, vector.rpId)).toBe(true);
  });

  test('the hash is of the whole RP ID', () => {
    expect(toHex(rpIDHash(vectors.keys.rpId))).toBe(vectors.keys.rpIdHash);
  });

  test('as a key lists them', () => {
    const listed = exchanges.flatMap(({ response }) => {
      const { rp, rpIDHash: hash } = response as { rp?: { id: string }; rpIDHash?: Uint8Array };
      return rp && hash && rp.id !== 'xn--bcher-kva.example' ? [[rp.id, isShortenedRpId(rp.id, hash)]] : [];
    });
    expect(new Map(listed as [string, boolean][])).toEqual(
      new Map([
        ['example.com', false],
        ['https:…subdomain.example.co.uk', true],
      ]),
    );
  });
});

describe('shortening', () => {
  const ascii = (minLength: number) =>
    fc.string({ unit: fc.constantFrom(...'abcxyz019.-:'), minLength, maxLength: 80, size: 'max' });

  test('fits, and keeps what fits', () => {
    fc.assert(
      fc.property(
        fc.oneof(ascii(0), fc.string({ unit: 'grapheme', maxLength: 60, size: 'max' })),
        fc.integer({ min: 32, max: 64 }),
        (rpId, max) => {
          const shortened = shortenRpId(rpId, max);
          expect(utf8(shortened).length).toBeLessThanOrEqual(max);
          expect(shortened === rpId).toBe(utf8(rpId).length <= max);
          // What stands for a character cut in two; the input may hold one of its own.
          if (!rpId.includes('\ufffd')) expect(shortened).not.toContain('\ufffd');
          expect(isStoredFormOf(shortened, rpId)).toBe(true);
          expect(isShortenedRpId(shortened, rpIDHash(rpId))).toBe(shortened !== rpId);
        },
      ),
    );
  });

  test('ASCII: text through the first colon, ellipsis, tail, and all bytes used', () => {
    fc.assert(
      fc.property(ascii(33), (rpId) => {
        const shortened = shortenRpId(rpId);
        const scheme = rpId.slice(0, rpId.indexOf(':') + 1);
        if (scheme.length > 32 - 3) {
          expect(shortened).toBe(scheme.slice(0, 32));
          return;
        }
        const tail = shortened.slice(scheme.length + 1);
        expect(shortened).toBe(`${scheme}…${tail}`);
        expect(rpId.endsWith(tail)).toBe(true);
        expect(utf8(shortened).length).toBe(32);
      }),
    );
  });

  test('a scheme that leaves no room is cut itself', () => {
    expect(shortenRpId(`${'s'.repeat(40)}:host`)).toBe('s'.repeat(32));
    expect(shortenRpId(`${'s'.repeat(29)}:a-long-host`)).toBe(`${'s'.repeat(29)}:`);
    expect(shortenRpId(`${'s'.repeat(28)}:a-long-host`)).toBe(`${'s'.repeat(28)}:…`);
  });

  test('characters are not cut', () => {
    // The tail would begin inside a character of 4 bytes; the scheme would end inside one.
    expect(shortenRpId(`${'x'.repeat(9)}${'🔑'.repeat(8)}`)).toBe(`…${'🔑'.repeat(7)}`);
    expect(shortenRpId(`${'é'.repeat(20)}:host`, 33)).toBe('é'.repeat(16));
  });

  test('another RP ID with the same tail length is not the stored one', () => {
    const stored = shortenRpId('login.this-is-a-very-long-organisation-name.example.org');
    expect(isStoredFormOf(stored, 'login.this-is-a-very-long-organisation-name.example.net')).toBe(false);
    expect(isStoredFormOf(stored, 'example.org')).toBe(false);
  });
});
