import { handleCredBlob, handleLargeBlobKey } from './blobs.ts';
import { handleCredProtect } from './cred-protect.ts';
import { handleMinPinLength, handlePinComplexityPolicy, handleThirdPartyPayment } from './disclosures.ts';
import type { ExtensionHandlers } from './extension-handler.ts';
import { handleHmacSecret, handleHmacSecretMc } from './hmac-secret.ts';

export const EXTENSION_HANDLERS: ExtensionHandlers = {
  credProtect: handleCredProtect,
  hmacSecret: handleHmacSecret,
  hmacSecretMc: handleHmacSecretMc,
  credBlob: handleCredBlob,
  largeBlobKey: handleLargeBlobKey,
  minPinLength: handleMinPinLength,
  pinComplexityPolicy: handlePinComplexityPolicy,
  thirdPartyPayment: handleThirdPartyPayment,
};
