import { bool, bytes, map, optional, required, struct, type TypeOf, uint } from '../schema.ts';
import { defineExtension } from './extension.ts';

/** Bytes of one salt, and of the secret that comes back for it. */
export const HMAC_SECRET_LENGTH = 32;

/**
 * One salt or two, of {@link HMAC_SECRET_LENGTH} bytes each: `saltEnc` is them encrypted with the shared secret of
 * `keyAgreement`, a COSE_Key; `saltAuth` is the pinUvAuthParam of `saltEnc` under that secret. Without
 * `pinUvAuthProtocol` the protocol is one.
 */
export const hmacSecretInput = struct({
  keyAgreement: required(0x01, map),
  saltEnc: required(0x02, bytes),
  saltAuth: required(0x03, bytes),
  pinUvAuthProtocol: optional(0x04, uint),
});
export type HmacSecretInput = TypeOf<typeof hmacSecretInput>;

/**
 * hmac-secret, CTAP 2.3 §12.7: HMAC-SHA-256 of the salts under a secret of the credential, another one for verified
 * users. makeCredential takes and answers true. getAssertion takes salts and answers as many secrets, encrypted like
 * the salts.
 */
export const hmacSecret = defineExtension({
  identifier: 'hmac-secret',
  makeCredential: { input: bool, output: bool },
  getAssertion: { input: hmacSecretInput, output: bytes },
});
