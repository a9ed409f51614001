import { int, uint } from '../schema.ts';
import { defineExtension } from './extension.ts';

/** Levels of credProtect, by the names WebAuthn has for them (`credentialProtectionPolicy`). */
export const CRED_PROTECT = {
  /** Usable without user verification. */
  userVerificationOptional: 1,
  /** Without user verification, only if the request names the credential. */
  userVerificationOptionalWithCredentialIDList: 2,
  /** Never without user verification. */
  userVerificationRequired: 3,
} as const;
export type CredProtect = (typeof CRED_PROTECT)[keyof typeof CRED_PROTECT];

/**
 * credProtect, CTAP 2.3 §12.1: who may use and see a new credential, one of {@link CRED_PROTECT}. The answer is the
 * level that the key has set. The input is any integer because a key answers CTAP1_ERR_INVALID_PARAMETER (0x02) to one
 * that is no level, and CTAP2_ERR_CBOR_UNEXPECTED_TYPE (0x11) only to what is no integer.
 */
export const credProtect = defineExtension({
  identifier: 'credProtect',
  makeCredential: { input: int, output: uint },
});
