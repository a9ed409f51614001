import { bytes } from '../schema.ts';
import { defineExtension } from './extension.ts';
import { hmacSecretInput } from './hmac-secret.ts';

/**
 * hmac-secret-mc, CTAP 2.3 §12.8: what getAssertion answers to hmac-secret, already in makeCredential. The request must
 * have `hmac-secret: true` as well.
 */
export const hmacSecretMc = defineExtension({
  identifier: 'hmac-secret-mc',
  makeCredential: { input: hmacSecretInput, output: bytes },
});
