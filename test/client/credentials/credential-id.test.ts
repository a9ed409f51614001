import { describe, expect, test } from 'vitest';
import { findCredential, matchCredentialId } from '../../../src/client/credentials/credential-id.ts';
import { fromHex } from '../../../src/encoding/bytes.ts';

const ID = fromHex('fbff01a2b3c4');

describe('one ID', () => {
  test.each([
    ['fbff01a2b3c4', 'whole'],
    ['FBFF01A2B3C4', 'whole'],
    ['-_8BorPE', 'whole'],
    ['+/8BorPE', 'whole'],
    ['fbf', 'prefix'],
    ['-_8', 'prefix'],
    ['-_8=', 'prefix'],
    ['bff', undefined],
    ['-_8b', undefined],
    ['', undefined],
    ['=', undefined],
    ['fbff01a2b3c400', undefined],
  ])('%j: %s', (text, match) => expect(matchCredentialId(ID, text)).toBe(match));
});

describe('one of several', () => {
  const credentials = [
    { credentialId: fromHex('a1b2'), rpId: 'a.example', userName: 'alice' },
    { credentialId: fromHex('a1b2c3'), rpId: 'b.example' },
    { credentialId: fromHex('ff'.repeat(64)) },
  ];

  test('a beginning that fits one', () => expect(findCredential(credentials, 'ff')).toBe(credentials[2]));
  test('a whole ID wins over beginnings', () => expect(findCredential(credentials, 'a1b2')).toBe(credentials[0]));
  test('a beginning that fits two names both', () =>
    expect(() => findCredential(credentials, 'a1')).toThrow(
      expect.objectContaining({
        code: 'ambiguous',
        message: '"a1" fits 2 passkeys: a1b2 (alice at a.example), a1b2c3 (b.example)',
      }),
    ));
  test('none names what there is, by the beginning that no other has', () =>
    expect(() => findCredential(credentials, '00')).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: expect.stringMatching(/b.example\), ffffffff$/),
      }),
    ));
  test('none of many names a few', () =>
    expect(() => findCredential(Array(9).fill(credentials[1]), '00')).toThrow('and 4 more'));
  test('none of none', () => expect(() => findCredential([], '00')).toThrow('the key has none'));
});
