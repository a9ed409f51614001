/**
 * The declarations of extensions against bytes of another implementation. The hex was printed by python-fido2 0.9.1: its
 * own classes for extensions where it has them (`CredProtectExtension.process_create_input` and so on, encoded by
 * `fido2.cbor.encode({NAME: value})`), its encoder alone for pinComplexityPolicy, thirdPartyPayment and the outputs.
 */
import { describe, expect, test } from 'vitest';
import { CRED_PROTECT } from '../../../src/ctap2/extensions/cred-protect.ts';
import { EXTENSION_INPUTS, EXTENSION_OUTPUTS, EXTENSIONS } from '../../../src/ctap2/extensions/index.ts';
import { type Codec, SchemaError } from '../../../src/ctap2/schema.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { type CborMap, decodeCborStrict, encodeCbor } from '../../../src/encoding/cbor.ts';
import { vectors } from '../../support/vectors.ts';

const COUNTING = Uint8Array.from({ length: 32 }, (_, i) => i);

/** Written as these bytes, and read from them. */
function expectBytes<T>(codec: Codec<T>, value: NoInfer<T>, hex: string): void {
  expect(toHex(encodeCbor(codec.encode(value)))).toBe(hex);
  expect(codec.decode(decodeCborStrict(fromHex(hex)), 'extensions')).toEqual(value);
}

describe('inputs of makeCredential', () => {
  const { makeCredential } = EXTENSION_INPUTS;
  const credBlob = Uint8Array.of(1, 2, 3, 4);
  test.each([
    ['credProtect 1', { credProtect: CRED_PROTECT.userVerificationOptional }, 'a16b6372656450726f7465637401'],
    [
      'credProtect 2',
      { credProtect: CRED_PROTECT.userVerificationOptionalWithCredentialIDList },
      'a16b6372656450726f7465637402',
    ],
    ['credProtect 3', { credProtect: CRED_PROTECT.userVerificationRequired }, 'a16b6372656450726f7465637403'],
    ['credBlob', { credBlob }, 'a16863726564426c6f624401020304'],
    ['hmac-secret', { hmacSecret: true }, 'a16b686d61632d736563726574f5'],
    ['largeBlobKey', { largeBlobKey: true }, 'a16c6c61726765426c6f624b6579f5'],
    ['minPinLength', { minPinLength: true }, 'a16c6d696e50696e4c656e677468f5'],
    ['pinComplexityPolicy', { pinComplexityPolicy: true }, 'a17370696e436f6d706c6578697479506f6c696379f5'],
    ['thirdPartyPayment', { thirdPartyPayment: true }, 'a171746869726450617274795061796d656e74f5'],
    [
      'five at once',
      { credProtect: 3, hmacSecret: true, credBlob, largeBlobKey: true, minPinLength: true },
      'a56863726564426c6f6244010203046b6372656450726f74656374036b686d61632d736563726574f5' +
        '6c6c61726765426c6f624b6579f56c6d696e50696e4c656e677468f5',
    ],
  ])('%s', (_name, value, hex) => {
    expectBytes(makeCredential, value, hex);
  });

  test.each([1, 2] as const)('hmac-secret-mc has the salts of hmac-secret, protocol %i', (protocol) => {
    const { hmacSecret } = protocol === 1 ? vectors.pinProtocolOne : vectors.pinProtocolTwo;
    const salts = hmacSecret.getAssertionInput.slice('a16b'.length + 2 * 'hmac-secret'.length);
    const hex = `a16e${Buffer.from('hmac-secret-mc').toString('hex')}${salts}`;
    expectBytes(makeCredential, { hmacSecretMc: saltsOf(protocol) }, hex);
  });
});

/** The members of the vector's input with two salts. */
function saltsOf(protocol: 1 | 2) {
  const { hmacSecret } = protocol === 1 ? vectors.pinProtocolOne : vectors.pinProtocolTwo;
  const { saltEnc, saltAuth } = hmacSecret.twoSalts;
  return {
    keyAgreement: decodeCborStrict(fromHex(vectors.keys.platformCoseKey)) as CborMap,
    saltEnc: fromHex(saltEnc),
    saltAuth: fromHex(saltAuth),
    // Protocol one is what no number means, and the vector leaves it out.
    ...(protocol === 2 && { pinUvAuthProtocol: 2 }),
  };
}

describe('inputs of getAssertion', () => {
  const { getAssertion } = EXTENSION_INPUTS;
  test.each([
    ['credBlob', { credBlob: true }, 'a16863726564426c6f62f5'],
    ['largeBlobKey', { largeBlobKey: true }, 'a16c6c61726765426c6f624b6579f5'],
    ['thirdPartyPayment', { thirdPartyPayment: true }, 'a171746869726450617274795061796d656e74f5'],
  ])('%s', (_name, value, hex) => {
    expectBytes(getAssertion, value, hex);
  });

  test.each([1, 2] as const)('hmac-secret with two salts, protocol %i', (protocol) => {
    const { hmacSecret } = protocol === 1 ? vectors.pinProtocolOne : vectors.pinProtocolTwo;
    expectBytes(getAssertion, { hmacSecret: saltsOf(protocol) }, hmacSecret.getAssertionInput);
  });
});

describe('outputs', () => {
  test('makeCredential', () => {
    expectBytes(
      EXTENSION_OUTPUTS.makeCredential,
      {
        credProtect: 2,
        hmacSecret: true,
        hmacSecretMc: COUNTING,
        credBlob: false,
        minPinLength: 6,
        pinComplexityPolicy: true,
      },
      'a66863726564426c6f62f46b6372656450726f74656374026b686d61632d736563726574f56c6d696e50696e4c656e67746806' +
        '6e686d61632d7365637265742d6d635820000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f' +
        '7370696e436f6d706c6578697479506f6c696379f5',
    );
  });

  test('getAssertion', () => {
    expectBytes(
      EXTENSION_OUTPUTS.getAssertion,
      { hmacSecret: COUNTING, credBlob: Uint8Array.of(0xab, 0xcd), thirdPartyPayment: false },
      'a36863726564426c6f6242abcd6b686d61632d7365637265745820000102030405060708090a0b0c0d0e0f1011121314' +
        '15161718191a1b1c1d1e1f71746869726450617274795061796d656e74f4',
    );
  });

  test('one of an odd type hides no other, and is kept as it came', () => {
    // {"uvm": [], "credBlob": "no", "minPinLength": 4}
    const map = decodeCborStrict(fromHex('a36375766d806863726564426c6f62626e6f6c6d696e50696e4c656e67746804'));
    const read = EXTENSION_OUTPUTS.makeCredential.decode(map, 'extensions');
    expect(read).toEqual({
      minPinLength: 4,
      unknownMembers: new Map<string, unknown>([
        ['uvm', []],
        ['credBlob', 'no'],
      ]),
    });
  });
});

describe('inputs of the wrong type', () => {
  const { makeCredential } = EXTENSION_INPUTS;
  test.each(['a16863726564426c6f62f5', 'a16b686d61632d73656372657401', 'a16b6372656450726f746563746133'])(
    '%s',
    (hex) => {
      expect(() => makeCredential.decode(decodeCborStrict(fromHex(hex)), 'extensions')).toThrow(SchemaError);
    },
  );
});

test('names are those of the registry, each once', () => {
  expect(Object.values(EXTENSIONS).map(({ identifier }) => identifier)).toEqual([
    'credProtect',
    'hmac-secret',
    'hmac-secret-mc',
    'credBlob',
    'largeBlobKey',
    'minPinLength',
    'pinComplexityPolicy',
    'thirdPartyPayment',
  ]);
});

test('what a declaration does not have cannot be written', () => {
  // @ts-expect-error getAssertion knows no credProtect
  EXTENSION_INPUTS.getAssertion.encode({ credProtect: 2 });
  // @ts-expect-error a level is a number
  EXTENSION_INPUTS.makeCredential.encode({ credProtect: 'userVerificationRequired' });
  // @ts-expect-error the key comes as a member of the response
  expect(EXTENSION_OUTPUTS.getAssertion.decode(new Map(), 'extensions').largeBlobKey).toBeUndefined();
});
