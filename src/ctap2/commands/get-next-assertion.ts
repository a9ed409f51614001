import { defineCommand, nothing } from '../schema.ts';
import { assertionResponse } from './get-assertion.ts';

/**
 * authenticatorGetNextAssertion (0x08), CTAP 2.3 §6.3. The next of the credentials that getAssertion counted; the key
 * answers NOT_ALLOWED out of turn or 30 s after the previous one.
 */
export const getNextAssertion = defineCommand({
  name: 'getNextAssertion',
  code: 0x08,
  request: nothing,
  response: assertionResponse,
});
