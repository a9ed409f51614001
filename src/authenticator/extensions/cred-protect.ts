import { CRED_PROTECT, type CredProtect, type credProtect } from '../../ctap2/extensions/cred-protect.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { refuse } from '../command-handler.ts';
import type { ExtensionHandler } from './extension-handler.ts';

/** Extension credProtect, CTAP 2.3 §12.1. */
export const handleCredProtect: ExtensionHandler<typeof credProtect> = {
  makeCredential: {
    prepare: (input, draft) => {
      draft.credProtect = levelOf(input) ?? refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
    },
    output: (_input, credential) => credential.credProtect,
  },
};

function levelOf(input: number): CredProtect | undefined {
  return Object.values(CRED_PROTECT).find((level) => level === input);
}
