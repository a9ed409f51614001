import { bool } from '../schema.ts';
import { defineExtension } from './extension.ts';

/**
 * thirdPartyPayment, CTAP 2.3 §12.9: whether sites other than the relying party may use the credential to confirm a
 * payment. makeCredential takes true and answers nothing; getAssertion takes true and answers whether it was set.
 */
export const thirdPartyPayment = defineExtension({
  identifier: 'thirdPartyPayment',
  makeCredential: { input: bool },
  getAssertion: { input: bool, output: bool },
});
