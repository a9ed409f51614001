import { describe, expect, test } from 'vitest';
import { PIN_UV_AUTH_PROTOCOLS, padPin, pinHash } from '../../src/ctap2/pin-uv-auth-protocol.ts';
import { fromHex, toHex, utf8 } from '../../src/encoding/bytes.ts';
import { vectors } from '../support/vectors.ts';

describe.each([
  [PIN_UV_AUTH_PROTOCOLS[1], vectors.pinProtocolOne],
  [PIN_UV_AUTH_PROTOCOLS[2], vectors.pinProtocolTwo],
])('protocol %#', (protocol, vector) => {
  const sharedSecret = fromHex(vector.sharedSecret);

  test('kdf', () => {
    expect(protocol.number).toBe(vector.number);
    expect(toHex(protocol.kdf(fromHex(vectors.keys.ecdhZ)))).toBe(vector.sharedSecret);
  });

  // Protocol two draws its IV; what it makes must be what it reads, and the fixed ciphertexts are checked by decrypt.
  for (const { name, iv, plaintext, ciphertext } of vector.encrypt) {
    test(`encrypt and decrypt ${name}`, () => {
      if (protocol.number === 1) {
        expect(iv).toBe('00'.repeat(16));
        expect(toHex(protocol.encrypt(sharedSecret, fromHex(plaintext)))).toBe(ciphertext);
      }
      expect(toHex(protocol.decrypt(sharedSecret, fromHex(ciphertext)))).toBe(plaintext);
      expect(toHex(protocol.decrypt(sharedSecret, protocol.encrypt(sharedSecret, fromHex(plaintext))))).toBe(plaintext);
    });
  }
  for (const { ciphertext, plaintext } of vector.decrypt) {
    test(`decrypt ${ciphertext.slice(0, 8)}`, () => {
      expect(toHex(protocol.decrypt(sharedSecret, fromHex(ciphertext)))).toBe(plaintext);
    });
  }
  for (const failing of vector.decryptMustFail) {
    test(`decrypt refuses ${JSON.stringify(failing).slice(0, 60)}`, () => {
      const ciphertext = typeof failing === 'string' ? failing : failing.ciphertext;
      expect(() => protocol.decrypt(sharedSecret, fromHex(ciphertext))).toThrow(RangeError);
    });
  }

  for (const { message, mac } of vector.authenticateWithSharedSecret) {
    test(`authenticate ${message.length / 2} bytes with the shared secret`, () => {
      expect(toHex(protocol.authenticate(sharedSecret, fromHex(message)))).toBe(mac);
    });
  }
  const token = fromHex(vectors.keys.pinUvAuthToken);
  for (const { name, message, pinUvAuthParam } of vector.authenticateWithToken) {
    test(`pinUvAuthParam: ${name}`, () => {
      const [bytes, param] = [fromHex(message), fromHex(pinUvAuthParam)];
      expect(toHex(protocol.authenticate(token, bytes))).toBe(pinUvAuthParam);
      expect(protocol.verify(token, bytes, param)).toBe(true);
      param[0]! ^= 1;
      expect(protocol.verify(token, bytes, param)).toBe(false);
      expect(protocol.verify(token, bytes, param.subarray(1))).toBe(false);
    });
  }

  test('PIN padding and hash', () => {
    const { setPIN, changePIN } = vector;
    expect(toHex(padPin(utf8(setPIN.pin)))).toBe(setPIN.paddedPin);
    expect(toHex(pinHash(utf8(changePIN.oldPin)))).toBe(changePIN.oldPinHash16);
    expect(toHex(pinHash(utf8(changePIN.newPin)))).toBe(changePIN.newPinHash16);
    expect(() => padPin(new Uint8Array(64))).toThrow(RangeError);
  });
});
