/** Extensions credBlob (CTAP 2.3 §12.2) and largeBlobKey (§12.3): data that a credential carries. */
import type { credBlob } from '../../ctap2/extensions/cred-blob.ts';
import type { largeBlobKey } from '../../ctap2/extensions/large-blob-key.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { refuse } from '../command-handler.ts';
import { asDiscoverable } from '../credential-lookup.ts';
import type { ExtensionHandler } from './extension-handler.ts';

const LARGE_BLOB_KEY_LENGTH = 32;

export const handleCredBlob: ExtensionHandler<typeof credBlob> = {
  makeCredential: {
    prepare: (blob, draft, { discoverable, context }) => {
      // A credential that lives in its ID has no room for a blob; the output tells the client that nothing was stored.
      if (discoverable && blob.length <= (context.model.storage.credBlob ?? 0)) draft.credBlob = blob;
    },
    output: (_input, credential) => credential.credBlob !== undefined,
  },
  getAssertion: {
    output: (wanted, credential) => (wanted ? (asDiscoverable(credential)?.credBlob ?? new Uint8Array(0)) : undefined),
  },
};

export const handleLargeBlobKey: ExtensionHandler<typeof largeBlobKey> = {
  makeCredential: {
    prepare: (wanted, draft, { discoverable, context }) => {
      requireTrue(wanted);
      if (!discoverable) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
      draft.largeBlobKey = context.environment.randomBytes(LARGE_BLOB_KEY_LENGTH);
    },
  },
  getAssertion: { check: requireTrue },
};

/** A client that does not want the key leaves the input out. @throws {StatusError} CTAP2_ERR_INVALID_OPTION (0x2C) */
function requireTrue(wanted: boolean): void {
  if (!wanted) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
}
