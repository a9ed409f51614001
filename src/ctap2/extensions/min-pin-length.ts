import { bool, uint } from '../schema.ts';
import { defineExtension } from './extension.ts';

/**
 * minPinLength, CTAP 2.3 §12.5: tells the relying party the minimum PIN length, in code points. Only those that
 * setMinPINLength has named (minPinLengthRPIDs) get an answer.
 */
export const minPinLength = defineExtension({
  identifier: 'minPinLength',
  makeCredential: { input: bool, output: uint },
});
