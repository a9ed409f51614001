/**
 * Members of getInfo that only the holder of a persistent pinUvAuthToken (permission pcmr) can read: encIdentifier
 * (0x19) identifies the key, encCredStoreState (0x1E) changes whenever its credentials do (CTAP 2.3 §6.4).
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { concat, wipe } from '../encoding/bytes.ts';

export type EncryptedInfoMember = 'encIdentifier' | 'encCredStoreState';

const BLOCK = 16;

function memberKey(member: EncryptedInfoMember, persistentPinUvAuthToken: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', persistentPinUvAuthToken, new Uint8Array(32), member, BLOCK));
}

/**
 * Decrypts `value`, iv ‖ AES-128-CBC, to 16 bytes. A wrong token gives other bytes, not an error.
 * @throws {RangeError} if `value` is not 32 bytes.
 */
export function decryptInfoMember(
  member: EncryptedInfoMember,
  persistentPinUvAuthToken: Uint8Array,
  value: Uint8Array,
): Uint8Array {
  if (value.length !== 2 * BLOCK) throw new RangeError(`${member} is not 32 bytes`);
  const key = memberKey(member, persistentPinUvAuthToken);
  const decipher = createDecipheriv('aes-128-cbc', key, value.subarray(0, BLOCK)).setAutoPadding(false);
  const plaintext = concat(decipher.update(value.subarray(BLOCK)), decipher.final());
  wipe(key);
  return plaintext;
}

/** Encrypts 16 bytes of `plaintext` to the member's value, with a new IV. */
export function encryptInfoMember(
  member: EncryptedInfoMember,
  persistentPinUvAuthToken: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  if (plaintext.length !== BLOCK) throw new RangeError(`${member} does not hold 16 bytes`);
  const key = memberKey(member, persistentPinUvAuthToken);
  const iv = randomBytes(BLOCK);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  const value = concat(iv, cipher.update(plaintext), cipher.final());
  wipe(key);
  return value;
}
