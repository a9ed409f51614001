import { defineCommand, nothing } from '../schema.ts';
import { assertionResponse } from './get-assertion.ts';

/**
 * authenticatorGetNextAssertion (0x08), CTAP 2.3 §6.3. The next of the credentials that getAssertion counted. The key
 * answers CTAP2_ERR_NOT_ALLOWED (0x30) if there is no next one, or more than 30 s after the previous one.
 */
export const getNextAssertion = defineCommand({
  name: 'getNextAssertion',
  code: 0x08,
  request: nothing,
  response: assertionResponse,
});
