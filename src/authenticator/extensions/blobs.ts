/** Extensions credBlob (CTAP 2.3 §12.2) and largeBlobKey (§12.3): data that a credential carries. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { refuse } from '../command-handler.ts';
import { asDiscoverable } from '../credential-lookup.ts';
import { type Extension, flagOf } from './extension.ts';

const LARGE_BLOB_KEY_LENGTH = 32;

export const credBlob: Extension = {
  name: 'credBlob',
  prepare: (blob, draft, { discoverable, context }) => {
    if (!(blob instanceof Uint8Array)) return refuse(CTAP_STATUS.CTAP2_ERR_CBOR_UNEXPECTED_TYPE);
    // A credential that lives in its ID has no room for it; the client learns it from the output.
    if (discoverable && blob.length <= (context.model.storage.credBlob ?? 0)) draft.credBlob = blob;
  },
  registrationOutput: (_input, credential) => credential.credBlob !== undefined,
  assertionOutput: (wanted, credential) =>
    flagOf(wanted) ? (asDiscoverable(credential)?.credBlob ?? new Uint8Array(0)) : undefined,
};

/** Its outputs are members of the responses, so that they stay out of what is signed. */
export const largeBlobKey: Extension = {
  name: 'largeBlobKey',
  prepare: (wanted, draft, { discoverable, context }) => {
    requireTrue(flagOf(wanted));
    if (!discoverable) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
    draft.largeBlobKey = context.environment.randomBytes(LARGE_BLOB_KEY_LENGTH);
  },
  assertionOutput: (wanted) => requireTrue(flagOf(wanted)),
};

/** Not wanting it is said by leaving it out. @throws {StatusError} 2C */
function requireTrue(wanted: boolean): undefined {
  if (!wanted) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
}
