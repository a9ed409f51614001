import { describe, expect, test } from 'vitest';
import { deriveSharedSecret } from '../../src/client/key-agreement.ts';
import { PIN_UV_AUTH_PROTOCOLS } from '../../src/ctap2/pin-uv-auth-protocol.ts';
import { concat, fromHex, toHex } from '../../src/encoding/bytes.ts';
import { decodeCborStrict, encodeCbor } from '../../src/encoding/cbor.ts';
import { vectors } from '../support/vectors.ts';

const { keys } = vectors;
const authenticatorKey = decodeCborStrict(fromHex(keys.authenticatorCoseKey)) as Map<number, Uint8Array>;

describe.each([
  [PIN_UV_AUTH_PROTOCOLS[1], vectors.pinProtocolOne],
  [PIN_UV_AUTH_PROTOCOLS[2], vectors.pinProtocolTwo],
])('protocol %#', (protocol, vector) => {
  const agreement = deriveSharedSecret(protocol, authenticatorKey, fromHex(keys.platformPrivateScalar));

  test('shared secret and platform key', () => {
    expect(toHex(agreement.sharedSecret)).toBe(vector.sharedSecret);
    expect(toHex(encodeCbor(agreement.platformKey))).toBe(keys.platformCoseKey);
  });

  test('pinUvAuthParam of setPIN and changePIN', () => {
    const { setPIN, changePIN } = vector;
    const param = (...parts: string[]) =>
      toHex(protocol.authenticate(agreement.sharedSecret, concat(...parts.map(fromHex))));
    expect(param(setPIN.newPinEnc)).toBe(setPIN.pinUvAuthParam);
    expect(param(changePIN.newPinEnc, changePIN.pinHashEnc)).toBe(changePIN.pinUvAuthParam);
  });

  test('wiping leaves nothing', () => {
    const own = deriveSharedSecret(protocol, authenticatorKey);
    own.wipe();
    expect(own.sharedSecret.every((byte) => byte === 0)).toBe(true);
  });
});

test.each([
  ['a point off the curve', (key: Map<number, unknown>) => key.set(-3, new Uint8Array(32).fill(1))],
  ['a short coordinate', (key: Map<number, unknown>) => key.set(-2, new Uint8Array(31))],
  ['another curve', (key: Map<number, unknown>) => key.set(-1, 2)],
  ['no coordinates', (key: Map<number, unknown>) => key.delete(-2)],
])('%s is refused', (_, change) => {
  const key = new Map<number, Uint8Array>(authenticatorKey);
  change(key as Map<number, unknown>);
  expect(() => deriveSharedSecret(PIN_UV_AUTH_PROTOCOLS[2], key)).toThrow();
});

test('each exchange has a fresh platform key', () => {
  const [a, b] = [0, 1].map(() => deriveSharedSecret(PIN_UV_AUTH_PROTOCOLS[2], authenticatorKey));
  expect(toHex(a!.sharedSecret)).not.toBe(toHex(b!.sharedSecret));
});
