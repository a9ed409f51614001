import { CTAP_STATUS } from '../../ctap2/status.ts';
import { refuse } from '../command-handler.ts';
import type { CredProtect } from '../state/credentials.ts';
import type { Extension } from './extension.ts';

/** Extension credProtect, CTAP 2.3 §12.1. */
export const credProtect: Extension = {
  name: 'credProtect',
  prepare: (input, draft) => {
    if (!Number.isSafeInteger(input)) refuse(CTAP_STATUS.CTAP2_ERR_CBOR_UNEXPECTED_TYPE);
    if (input !== 1 && input !== 2 && input !== 3) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
    draft.credProtect = input satisfies CredProtect;
  },
  registrationOutput: (_input, credential) => credential.credProtect,
};
