/** What several models have in common. */

import type { CommandName } from '../../ctap2/commands/index.ts';
import { utf8 } from '../../encoding/bytes.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import type { PinRules } from './model.ts';

export const CTAP_2_0_COMMANDS: readonly CommandName[] = [
  'makeCredential',
  'getAssertion',
  'getNextAssertion',
  'getInfo',
  'clientPIN',
  'reset',
];

/** The commands that all keys of CTAP 2.1 have: without bioEnrollment and largeBlobs. */
export const CTAP_2_1_COMMANDS: readonly CommandName[] = [
  ...CTAP_2_0_COMMANDS,
  'selection',
  'credentialManagement',
  'authenticatorConfig',
];

export const PIN_RULES: PinRules = { minLength: 4, maxLength: 63, maxRetries: 8 };

export const ES256_ONLY = [COSE_ALG.ES256];
export const ES256_EDDSA = [COSE_ALG.ES256, COSE_ALG.EdDSA];
export const ES256_EDDSA_ES384 = [COSE_ALG.ES256, COSE_ALG.EdDSA, COSE_ALG.ES384];

/** Historical bytes in compact TLV with up to 13 letters as card issuer's data (tag 5). */
export function historicalText(text: string): Uint8Array {
  const letters = utf8(text);
  return Uint8Array.of(0x80, 0x50 | letters.length, ...letters);
}

/** USB ids that pid.codes keeps free for tests. */
export const PID_CODES_TEST = { vendorId: 0x1209, productId: 0x0001 } as const;
