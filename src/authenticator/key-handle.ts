/**
 * Credentials that the key does not store: their ID holds the seed of their private key, encrypted with the key's
 * wrapping key (CTAP 2.3 §6.1, "non-discoverable"; FIDO U2F Raw Message Formats §4.3, key handle). CTAP1 and CTAP2
 * share the form, so each can use credentials that the other made.
 *
 * `nonce(12) ‖ AES-256-GCM(alg(1) ‖ traits(1) ‖ seed(32)) ‖ tag(16)`, bound to the hash of the RP ID.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { CredProtect } from '../ctap2/extensions/cred-protect.ts';
import { concat, wipe } from '../encoding/bytes.ts';
import { SIGNATURE_ALGORITHMS, signatureAlgorithm } from './elliptic-curve.ts';
import type { Environment } from './environment.ts';
import type { DiscoverableCredential } from './state/credentials.ts';

/** What every credential has, whether stored or living in its ID. A stored credential is one of these. */
export type CredentialSource = Pick<
  DiscoverableCredential,
  | 'credentialId'
  | 'rpIDHash'
  | 'alg'
  | 'privateKey'
  | 'credProtect'
  | 'credRandomWithUV'
  | 'credRandomWithoutUV'
  | 'thirdPartyPayment'
>;

export type CredentialTraits = Pick<CredentialSource, 'rpIDHash' | 'alg' | 'credProtect' | 'thirdPartyPayment'>;

const NONCE_LENGTH = 12;
const SEED_LENGTH = 32;
const TAG_LENGTH = 16;

/** 62: fits the smallest maxCredentialIdLength of the models, 64. */
export const KEY_HANDLE_LENGTH = NONCE_LENGTH + 2 + SEED_LENGTH + TAG_LENGTH;

const CRED_PROTECT_BITS = 0x03;
const THIRD_PARTY_PAYMENT_BIT = 0x04;

/** A new credential that lives in its ID. `wrappingKey` is 32 bytes. */
export function sealKeyHandle(
  traits: CredentialTraits,
  wrappingKey: Uint8Array,
  { randomBytes }: Pick<Environment, 'randomBytes'>,
): CredentialSource {
  const seed = randomBytes(SEED_LENGTH);
  const nonce = randomBytes(NONCE_LENGTH);
  const traitBits = traits.credProtect | (traits.thirdPartyPayment ? THIRD_PARTY_PAYMENT_BIT : 0);
  const plaintext = concat(Uint8Array.of(traits.alg & 0xff, traitBits), seed);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(traits.rpIDHash);
  const sealed = concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  wipe(plaintext);
  return fromSeed(traits, seed, concat(nonce, sealed));
}

/** The credential behind `credentialId`, or undefined if this key did not make it, or not for this RP. */
export function openKeyHandle(
  credentialId: Uint8Array,
  rpIDHash: Uint8Array,
  wrappingKey: Uint8Array,
): CredentialSource | undefined {
  if (credentialId.length !== KEY_HANDLE_LENGTH) return undefined;
  const opened = decrypt(credentialId, rpIDHash, wrappingKey);
  if (!opened) return undefined;
  const view = new DataView(opened.buffer, opened.byteOffset, opened.length);
  const [alg, bits] = [view.getInt8(0), view.getUint8(1)];
  const credProtect = bits & CRED_PROTECT_BITS;
  if (!SIGNATURE_ALGORITHMS.has(alg) || credProtect === 0) return undefined;
  const traits = {
    rpIDHash,
    alg,
    credProtect: credProtect as CredProtect,
    thirdPartyPayment: (bits & THIRD_PARTY_PAYMENT_BIT) !== 0,
  };
  const seed = opened.slice(2);
  wipe(opened);
  return fromSeed(traits, seed, Uint8Array.from(credentialId));
}

function decrypt(handle: Uint8Array, rpIDHash: Uint8Array, wrappingKey: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, handle.subarray(0, NONCE_LENGTH))
    .setAAD(rpIDHash)
    .setAuthTag(handle.subarray(-TAG_LENGTH));
  try {
    return concat(decipher.update(handle.subarray(NONCE_LENGTH, -TAG_LENGTH)), decipher.final());
  } catch {
    return undefined;
  }
}

/** `seed` is wiped. */
function fromSeed(traits: CredentialTraits, seed: Uint8Array, credentialId: Uint8Array): CredentialSource {
  const derive = (purpose: string, length: number) =>
    new Uint8Array(hkdfSync('sha256', seed, traits.rpIDHash, `seckey ${purpose}`, length));
  const algorithm = signatureAlgorithm(traits.alg);
  const keySeed = derive('private key', algorithm.seedLength);
  const source = {
    ...traits,
    credentialId,
    privateKey: algorithm.privateKey(keySeed),
    credRandomWithUV: derive('CredRandomWithUV', 32),
    credRandomWithoutUV: derive('CredRandomWithoutUV', 32),
  };
  wipe(seed, keySeed);
  return source;
}
