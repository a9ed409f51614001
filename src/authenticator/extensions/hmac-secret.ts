/** Extensions hmac-secret (CTAP 2.3 §12.7) and hmac-secret-mc (§12.8). */
import { createHmac } from 'node:crypto';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { bytes, map, optional, required, struct, uint } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, wipe } from '../../encoding/bytes.ts';
import type { CborValue } from '../../encoding/cbor.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import type { CredentialSource } from '../key-handle.ts';
import { requireProtocol } from '../pin-uv-auth/require-token.ts';
import { withSharedSecret } from '../pin-uv-auth/shared-secret.ts';
import { type Extension, flagOf } from './extension.ts';

const HMAC_SECRET = 'hmac-secret';
const SALT_LENGTH = 32;

/** `saltEnc` is one salt of 32 bytes or two, encrypted; `saltAuth` covers it. Clients of protocol one may not name it. */
export const hmacSecretInput = struct({
  keyAgreement: required(0x01, map),
  saltEnc: required(0x02, bytes),
  saltAuth: required(0x03, bytes),
  pinUvAuthProtocol: optional(0x04, uint),
});

export const hmacSecret: Extension = {
  name: HMAC_SECRET,
  // Every credential has its CredRandoms, asked for or not; the answer says that they can be used.
  registrationOutput: (wanted) => flagOf(wanted) || undefined,
  assertionOutput: (salts, credential, { context, userPresent, userVerified }) => {
    if (!userPresent) refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION);
    return outputs(salts, credential, userVerified, context);
  },
};

export const hmacSecretMc: Extension = {
  name: 'hmac-secret-mc',
  prepare: (salts, _draft, { request }) => {
    if (request.extensions?.get(HMAC_SECRET) !== true) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
    hmacSecretInput.decode(salts, 'hmac-secret-mc');
  },
  registrationOutput: (salts, credential, { context, userVerified }) =>
    outputs(salts, credential, userVerified, context),
};

/** HMAC-SHA-256 of each salt under the CredRandom that goes with how the user showed up, encrypted like the salts. */
function outputs(
  extensionInput: CborValue,
  credential: CredentialSource,
  userVerified: boolean,
  context: CommandContext,
): Promise<Uint8Array> {
  const { keyAgreement, saltEnc, saltAuth, pinUvAuthProtocol } = hmacSecretInput.decode(extensionInput, HMAC_SECRET);
  const protocol = requireProtocol(pinUvAuthProtocol ?? 1, context);
  const credRandom = userVerified ? credential.credRandomWithUV : credential.credRandomWithoutUV;
  return withSharedSecret(protocol, keyAgreement, context, (sharedSecret) => {
    if (!protocol.verify(sharedSecret, saltEnc, saltAuth)) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
    const salts = decryptSalts(protocol, sharedSecret, saltEnc);
    const secrets = concat(...salts.map((salt) => hmac(credRandom, salt)));
    const encrypted = protocol.encrypt(sharedSecret, secrets);
    wipe(secrets, ...salts);
    return encrypted;
  });
}

/** @throws {StatusError} 02 not decryptable, 03 neither one salt nor two */
function decryptSalts(protocol: PinUvAuthProtocol, sharedSecret: Uint8Array, saltEnc: Uint8Array): Uint8Array[] {
  const salts = decrypt(protocol, sharedSecret, saltEnc);
  if (salts.length === SALT_LENGTH) return [salts];
  if (salts.length === 2 * SALT_LENGTH) return [salts.subarray(0, SALT_LENGTH), salts.subarray(SALT_LENGTH)];
  return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
}

function decrypt(protocol: PinUvAuthProtocol, sharedSecret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return protocol.decrypt(sharedSecret, ciphertext);
  } catch (error) {
    if (error instanceof RangeError) return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
    throw error;
  }
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}
