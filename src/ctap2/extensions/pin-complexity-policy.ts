import { bool } from '../schema.ts';
import { defineExtension } from './extension.ts';

/**
 * pinComplexityPolicy, CTAP 2.3 §12.6: tells the relying party whether the key refuses simple PINs. Only those that
 * setMinPINLength has named (minPinLengthRPIDs) get an answer.
 */
export const pinComplexityPolicy = defineExtension({
  identifier: 'pinComplexityPolicy',
  makeCredential: { input: bool, output: bool },
});
