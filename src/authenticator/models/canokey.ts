/** CanoKey, an open-source key, with firmware 2.0. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_0_COMMANDS, ES256_EDDSA, historicalText, PIN_RULES } from './rules.ts';

export const canoKey: Model = {
  id: 'canokey',
  description: 'CanoKey Pigeon, firmware 2.0: CTAP 2.1 without settings, over USB and NFC; no powerCycleState',
  aaguid: '244eb29e-e090-4e49-81fe-1f20f8d3b8f4',
  specification: '2.1',
  usb: {
    vendorId: 0x20a0,
    productId: 0x42d4,
    manufacturer: 'canokeys.org',
    product: 'CanoKey Pigeon (software)',
    deviceVersion: [2, 0, 0],
    wink: true,
  },
  nfc: { transport: 'nfc', historicalBytes: historicalText('CanoKey'), shortApdusOnly: false, presence: 'field' },
  commands: [...CTAP_2_0_COMMANDS, 'selection', 'credentialManagement', 'credentialManagementPreview', 'largeBlobs'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
    extensions: ['credBlob', 'credProtect', 'hmac-secret', 'largeBlobKey'],
    maxMsgSize: 1280,
    pinUvAuthProtocols: [1, 2],
    maxCredentialCountInList: 8,
    maxCredentialIdLength: 70,
    transports: ['nfc', 'usb'],
    algorithms: ES256_EDDSA,
    announcesAlgorithms: true,
    firmwareVersion: 201,
  },
  options: {
    rk: true,
    credMgmt: true,
    clientPin: false,
    largeBlobs: true,
    pinUvAuthToken: true,
    makeCredUvNotRqd: true,
  },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 64, rpIdLength: 32, userNameLength: 64, largeBlobArray: 4096, credBlob: 32 },
  touchTimeoutMs: 30_000,
  quirks: {
    unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER,
    noPowerCycleState: true,
    absentInfoMembers: ['forcePINChange', 'minPINLength', 'remainingDiscoverableCredentials'],
  },
};
