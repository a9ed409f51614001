/** The command table. The software key must have a handler for each entry; a missing one does not compile. */
import { authenticatorConfig } from './authenticator-config.ts';
import { bioEnrollment, bioEnrollmentPreview } from './bio-enrollment.ts';
import { clientPIN } from './client-pin.ts';
import { credentialManagement, credentialManagementPreview } from './credential-management.ts';
import { getAssertion } from './get-assertion.ts';
import { getInfo } from './get-info.ts';
import { getNextAssertion } from './get-next-assertion.ts';
import { largeBlobs } from './large-blobs.ts';
import { makeCredential } from './make-credential.ts';
import { reset } from './reset.ts';
import { selection } from './selection.ts';

/** All commands by the specification's names without `authenticator` (CTAP 2.3 §6). */
export const COMMANDS = {
  getInfo,
  clientPIN,
  reset,
  selection,
  makeCredential,
  getAssertion,
  getNextAssertion,
  authenticatorConfig,
  largeBlobs,
  bioEnrollment,
  bioEnrollmentPreview,
  credentialManagement,
  credentialManagementPreview,
} as const;

/** The specification's names without `authenticator`; the previews are those of FIDO_2_1_PRE. */
export type CommandName = keyof typeof COMMANDS;
