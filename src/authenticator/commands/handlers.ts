import type { Handlers } from '../command-handler.ts';
import { handleAuthenticatorConfig } from './authenticator-config.ts';
import { handleBioEnrollment, handleBioEnrollmentPreview } from './bio-enrollment.ts';
import { handleClientPin } from './client-pin.ts';
import { handleCredentialManagement, handleCredentialManagementPreview } from './credential-management.ts';
import { handleGetAssertion, handleGetNextAssertion } from './get-assertion.ts';
import { handleGetInfo } from './get-info.ts';
import { handleLargeBlobs } from './large-blobs.ts';
import { handleMakeCredential } from './make-credential.ts';
import { handleReset } from './reset.ts';
import { handleSelection } from './selection.ts';

export const HANDLERS: Handlers = {
  getInfo: handleGetInfo,
  clientPIN: handleClientPin,
  reset: handleReset,
  selection: handleSelection,
  makeCredential: handleMakeCredential,
  getAssertion: handleGetAssertion,
  getNextAssertion: handleGetNextAssertion,
  authenticatorConfig: handleAuthenticatorConfig,
  largeBlobs: handleLargeBlobs,
  bioEnrollment: handleBioEnrollment,
  bioEnrollmentPreview: handleBioEnrollmentPreview,
  credentialManagement: handleCredentialManagement,
  credentialManagementPreview: handleCredentialManagementPreview,
};
