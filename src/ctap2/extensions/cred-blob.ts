import { bool, bytes } from '../schema.ts';
import { defineExtension } from './extension.ts';

/**
 * credBlob, CTAP 2.3 §12.2: a few bytes kept with a discoverable credential, at most maxCredBlobLength of getInfo.
 * makeCredential takes the bytes and answers whether they were stored. getAssertion takes true and answers the bytes,
 * none if there are none.
 */
export const credBlob = defineExtension({
  identifier: 'credBlob',
  makeCredential: { input: bytes, output: bool },
  getAssertion: { input: bool, output: bytes },
});
