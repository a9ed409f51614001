/**
 * FIDO2Applet, a Java Card applet for any card (github.com/BryanJacobs/FIDO2Applet), firmware 5 as it is installed by
 * default.
 */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_1_COMMANDS, ES256_ONLY, historicalText, PIN_RULES } from './rules.ts';

export const fido2Applet: Model = {
  id: 'fido2-applet',
  description: 'FIDO2Applet on a Java Card, CTAP 2.1, over NFC: counts every command as touched, keeps few names',
  // Unless an attestation certificate is installed.
  aaguid: '00000000-0000-0000-0000-000000000000',
  specification: '2.1',
  nfc: { transport: 'nfc', historicalBytes: historicalText('FIDO2Applet'), shortApdusOnly: false, presence: 'always' },
  commands: [...CTAP_2_1_COMMANDS, 'largeBlobs', 'credentialManagementPreview'],
  info: {
    versions: ['FIDO_2_0', 'FIDO_2_1', 'FIDO_2_1_PRE'],
    // The real one lists uvm too, which the software key does not have.
    extensions: ['credBlob', 'credProtect', 'hmac-secret', 'largeBlobKey', 'minPinLength'],
    maxMsgSize: 1024,
    pinUvAuthProtocols: [2, 1],
    maxCredentialCountInList: 23,
    maxCredentialIdLength: 112,
    algorithms: ES256_ONLY,
    announcesAlgorithms: true,
    firmwareVersion: 5,
    maxRPIDsForSetMinPINLength: 2,
  },
  options: {
    rk: true,
    up: false,
    uvAcfg: true,
    alwaysUv: false,
    credMgmt: true,
    authnrCfg: true,
    clientPin: false,
    largeBlobs: true,
    pinUvAuthToken: true,
    setMinPINLength: true,
    makeCredUvNotRqd: false,
  },
  pin: PIN_RULES,
  reset: { windowMs: Number.POSITIVE_INFINITY, touches: 1 },
  storage: { discoverableCredentials: 100, rpIdLength: 32, largeBlobArray: 1024, credBlob: 32 },
  attestation: 'self',
  touchTimeoutMs: 30_000,
  quirks: {
    unknownSubCommandStatus: CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION,
    // github.com/BryanJacobs/FIDO2Applet/issues/65
    selectAfterReset: true,
    largeBlobKeyNotListed: true,
    namesNotKept: ['displayName', 'rpName'],
    deletesUnknownCredentials: true,
  },
};
