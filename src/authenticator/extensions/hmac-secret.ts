/** Extensions hmac-secret (CTAP 2.3 §12.7) and hmac-secret-mc (§12.8). */
import { createHmac } from 'node:crypto';
import { HMAC_SECRET_LENGTH, type HmacSecretInput, hmacSecret } from '../../ctap2/extensions/hmac-secret.ts';
import type { hmacSecretMc } from '../../ctap2/extensions/hmac-secret-mc.ts';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, wipe } from '../../encoding/bytes.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import type { CredentialSource } from '../key-handle.ts';
import { requireProtocol } from '../pin-uv-auth/require-token.ts';
import { withSharedSecret } from '../pin-uv-auth/shared-secret.ts';
import type { ExtensionHandler } from './extension-handler.ts';

export const handleHmacSecret: ExtensionHandler<typeof hmacSecret> = {
  makeCredential: {
    // Every credential has its CredRandoms, whether they were asked for or not; the output says that they can be used.
    output: (wanted) => wanted || undefined,
  },
  getAssertion: {
    precondition: ({ userPresent }) => {
      if (!userPresent) refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION);
    },
    output: (salts, credential, { context, userVerified }) => secretsFor(salts, credential, userVerified, context),
  },
};

export const handleHmacSecretMc: ExtensionHandler<typeof hmacSecretMc> = {
  makeCredential: {
    precondition: ({ request }) => {
      if (request.extensions?.get(hmacSecret.identifier) !== true) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
    },
    // Without effect on the draft: with this step, salts of the wrong type are refused before a credential is made.
    prepare: () => {},
    output: (salts, credential, { context, userVerified }) => secretsFor(salts, credential, userVerified, context),
  },
};

/**
 * HMAC-SHA-256 of each salt, encrypted like the salts. The key is CredRandomWithUV or CredRandomWithoutUV, depending on
 * whether the user was verified.
 */
function secretsFor(
  { keyAgreement, saltEnc, saltAuth, pinUvAuthProtocol }: HmacSecretInput,
  credential: CredentialSource,
  userVerified: boolean,
  context: CommandContext,
): Promise<Uint8Array> {
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

/**
 * @throws {StatusError} CTAP1_ERR_INVALID_PARAMETER (0x02) if it cannot be decrypted, CTAP1_ERR_INVALID_LENGTH (0x03)
 *   if it is neither one salt nor two
 */
function decryptSalts(protocol: PinUvAuthProtocol, sharedSecret: Uint8Array, saltEnc: Uint8Array): Uint8Array[] {
  const salts = decrypt(protocol, sharedSecret, saltEnc);
  if (salts.length === HMAC_SECRET_LENGTH) return [salts];
  if (salts.length === 2 * HMAC_SECRET_LENGTH)
    return [salts.subarray(0, HMAC_SECRET_LENGTH), salts.subarray(HMAC_SECRET_LENGTH)];
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
