/**
 * PIN/UV auth protocols one and two (CTAP 2.3 §6.5.6, §6.5.7), without the elliptic-curve step: each end computes the
 * ECDH point with its own library, so that neither hides the other's mistake.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { concat, wipe } from '../encoding/bytes.ts';

/** The protocols that are known. */
export type PinUvAuthProtocolNumber = 1 | 2;

/** A PIN/UV auth protocol without its key agreement, which each end does by itself (CTAP 2.3 §6.5.4). */
export interface PinUvAuthProtocol {
  readonly number: PinUvAuthProtocolNumber;
  /** Length of a pinUvAuthParam in bytes: 16 or 32. */
  readonly authParamLength: number;
  /** Shared secret from Z, the 32-byte x coordinate of the ECDH point: 32 bytes (one) or 64 (two). */
  kdf(z: Uint8Array): Uint8Array;
  /** AES-256-CBC without padding. `plaintext` is a multiple of 16 bytes. */
  encrypt(key: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @throws {RangeError} if `ciphertext` is empty or has no acceptable length. */
  decrypt(key: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** pinUvAuthParam of `message`; `key` is a shared secret or a pinUvAuthToken. */
  authenticate(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** Whether `signature` is the pinUvAuthParam of `message`, in constant time. */
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

const BLOCK = 16;

function aesCbc(
  create: typeof createCipheriv | typeof createDecipheriv,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const cipher = create('aes-256-cbc', key, iv);
  cipher.setAutoPadding(false);
  const [body, end] = [cipher.update(data), cipher.final()];
  const result = concat(body, end);
  wipe(body, end);
  return result;
}

function checkCiphertext(ciphertext: Uint8Array): void {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK !== 0)
    throw new RangeError('ciphertext is not whole AES blocks');
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}

function protocol(definition: Omit<PinUvAuthProtocol, 'verify'>): PinUvAuthProtocol {
  return {
    ...definition,
    verify(key, message, signature) {
      const expected = definition.authenticate(key, message);
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}

const ZERO_IV = new Uint8Array(BLOCK);

const protocolOne = protocol({
  number: 1,
  authParamLength: 16,
  kdf: (z) => new Uint8Array(createHash('sha256').update(z).digest()),
  encrypt: (key, plaintext) => aesCbc(createCipheriv, key, ZERO_IV, plaintext),
  decrypt: (key, ciphertext) => {
    checkCiphertext(ciphertext);
    return aesCbc(createDecipheriv, key, ZERO_IV, ciphertext);
  },
  authenticate: (key, message) => hmac(key, message).slice(0, 16),
});

const HMAC_KEY_LENGTH = 32;

const protocolTwo = protocol({
  number: 2,
  authParamLength: 32,
  kdf: (z) => {
    const salt = new Uint8Array(32);
    const derive = (info: string) => new Uint8Array(hkdfSync('sha256', z, salt, info, 32));
    return concat(derive('CTAP2 HMAC key'), derive('CTAP2 AES key'));
  },
  encrypt: (key, plaintext) => {
    const iv = randomBytes(BLOCK);
    return concat(iv, aesCbc(createCipheriv, key.subarray(HMAC_KEY_LENGTH), iv, plaintext));
  },
  decrypt: (key, ciphertext) => {
    checkCiphertext(ciphertext);
    if (ciphertext.length < 2 * BLOCK) throw new RangeError('ciphertext holds no block after its IV');
    return aesCbc(
      createDecipheriv,
      key.subarray(HMAC_KEY_LENGTH),
      ciphertext.subarray(0, BLOCK),
      ciphertext.subarray(BLOCK),
    );
  },
  authenticate: (key, message) => hmac(key.subarray(0, HMAC_KEY_LENGTH), message),
});

/** Protocols one and two by their numbers (CTAP 2.3 §6.5.6, §6.5.7). */
export const PIN_UV_AUTH_PROTOCOLS: Readonly<Record<PinUvAuthProtocolNumber, PinUvAuthProtocol>> = {
  1: protocolOne,
  2: protocolTwo,
};

/** A new PIN as the key wants it: UTF-8 padded with zeros to 64 bytes. `pin` must be ≤ 63 bytes. */
export function padPin(pin: Uint8Array): Uint8Array {
  if (pin.length > 63) throw new RangeError('PIN is longer than 63 bytes');
  const padded = new Uint8Array(64);
  padded.set(pin);
  return padded;
}

/** LEFT(SHA-256(PIN), 16), what a key stores and compares. */
export function pinHash(pin: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(pin).digest().subarray(0, 16));
}
