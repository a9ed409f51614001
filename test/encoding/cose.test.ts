import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { type CborMap, decodeCborStrict, encodeCbor } from '../../src/encoding/cbor.ts';
import {
  COSE_ALG,
  type CosePublicKey,
  coseAlgName,
  describeCoseKey,
  publicKeyFromCose,
  publicKeyToCose,
} from '../../src/encoding/cose.ts';
import { vectors } from '../support/vectors.ts';

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);

/** Each form with its bytes, spelled out by hand from RFC 9053, 8230 and 8812. */
const FORMS: readonly [CosePublicKey, string][] = [
  [
    { kty: 'EC2', alg: 'ES256', x: filled(32, 1), y: filled(32, 2) },
    `a5010203262001215820${'01'.repeat(32)}225820${'02'.repeat(32)}`,
  ],
  [
    { kty: 'EC2', alg: 'ES384', x: filled(48, 1), y: filled(48, 2) },
    `a501020338222002215830${'01'.repeat(48)}225830${'02'.repeat(48)}`,
  ],
  [
    { kty: 'EC2', alg: 'ES512', x: filled(66, 1), y: filled(66, 2) },
    `a501020338232003215842${'01'.repeat(66)}225842${'02'.repeat(66)}`,
  ],
  [
    { kty: 'EC2', alg: 'ES256K', x: filled(32, 1), y: filled(32, 2) },
    `a5010203382e2008215820${'01'.repeat(32)}225820${'02'.repeat(32)}`,
  ],
  [{ kty: 'OKP', alg: 'EdDSA', x: filled(32, 1) }, `a4010103272006215820${'01'.repeat(32)}`],
  [
    { kty: 'RSA', alg: 'RS256', n: filled(256, 1), e: Uint8Array.of(1, 0, 1) },
    `a401030339010020590100${'01'.repeat(256)}2143010001`,
  ],
];

describe.each(FORMS)('$alg', (key, hex) => {
  test('to and from COSE', () => {
    expect(toHex(encodeCbor(publicKeyToCose(key)))).toBe(hex);
    expect(publicKeyFromCose(decodeCborStrict(fromHex(hex)))).toEqual(key);
  });

  test('names', () => {
    expect(describeCoseKey(publicKeyToCose(key))).toEqual({ kty: key.kty, alg: key.alg });
    expect(coseAlgName(COSE_ALG[key.alg])).toBe(key.alg);
  });

  test('a member missing, empty or of another type is refused', () => {
    for (const label of publicKeyToCose(key).keys()) {
      for (const wrong of [undefined, new Uint8Array(0), 'text', 77]) {
        const cose = new Map(publicKeyToCose(key));
        if (wrong === undefined) cose.delete(label);
        else cose.set(label, wrong);
        expect(() => publicKeyFromCose(cose)).toThrow(RangeError);
      }
    }
  });
});

describe('keys that OpenSSL made', () => {
  const coordinates = (key: KeyObject) => {
    const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
    return [x, y, n, e].map((member) => new Uint8Array(Buffer.from(member, 'base64url'))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
  };

  test.each([
    ['ES256', 'prime256v1', 'P-256'],
    ['ES384', 'secp384r1', 'P-384'],
    ['ES512', 'secp521r1', 'P-521'],
    ['ES256K', 'secp256k1', 'secp256k1'],
  ] as const)('%s has coordinates of the length we ask for', (alg, namedCurve, crv) => {
    const [x, y] = coordinates(generateKeyPairSync('ec', { namedCurve }).publicKey);
    const key = publicKeyFromCose(publicKeyToCose({ kty: 'EC2', alg, x, y }));
    expect(key).toEqual({ kty: 'EC2', alg, x, y });
    const jwk = { kty: 'EC', crv, x: Buffer.from(x).toString('base64url'), y: Buffer.from(y).toString('base64url') };
    expect(() => createPublicKey({ key: jwk, format: 'jwk' })).not.toThrow();
    expect(() => publicKeyFromCose(publicKeyToCose({ kty: 'EC2', alg, x: x.subarray(1), y }))).toThrow(
      'lacks its member -2',
    );
  });

  test('EdDSA', () => {
    const [x] = coordinates(generateKeyPairSync('ed25519').publicKey);
    expect(publicKeyFromCose(publicKeyToCose({ kty: 'OKP', alg: 'EdDSA', x }))).toEqual({
      kty: 'OKP',
      alg: 'EdDSA',
      x,
    });
  });
});

test('the key of the webauthn vectors', () => {
  const cose = decodeCborStrict(fromHex(vectors.webauthn.coseKey)) as CborMap;
  expect(toHex(encodeCbor(publicKeyToCose(publicKeyFromCose(cose))))).toBe(vectors.webauthn.coseKey);
});

test('kinds we do not know are refused, and shown by number', () => {
  const mlDsa = new Map<number, number | Uint8Array>([
    [1, 7],
    [3, -48],
    [-1, filled(10, 1)],
  ]);
  expect(() => publicKeyFromCose(mlDsa)).toThrow('unknown kind');
  expect(() => publicKeyFromCose([])).toThrow('not a COSE map');
  expect(describeCoseKey(mlDsa)).toEqual({ kty: '7', alg: '-48' });
  expect(describeCoseKey(new Map())).toEqual({ kty: '?', alg: '?' });
  expect(coseAlgName('toString')).toBeUndefined();
});
