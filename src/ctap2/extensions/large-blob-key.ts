import { bool } from '../schema.ts';
import { defineExtension } from './extension.ts';

/**
 * largeBlobKey, CTAP 2.3 §12.3: the key that seals a credential's entry in the large-blob array. The input is true or
 * left out; false is refused. The key comes in the member `largeBlobKey` of either response, so that it is not signed.
 */
export const largeBlobKey = defineExtension({
  identifier: 'largeBlobKey',
  makeCredential: { input: bool },
  getAssertion: { input: bool },
});
