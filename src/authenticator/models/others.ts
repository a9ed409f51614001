/** Models of Feitian and HID Global. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_0_COMMANDS, CTAP_2_1_COMMANDS, ES256_ONLY, historicalText, PIN_RULES } from './rules.ts';

const FEITIAN = { vendorId: 0x096e, manufacturer: 'FS', wink: true } as const;
const quirks = { unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER } as const;
const feitianQuirks = { ...quirks, nothingStored: 'no members' } as const;

export const feitianBioPass: Model = {
  id: 'feitian-biopass',
  description: 'Feitian BioPass FIDO2 K26/K27: FIDO_2_1_PRE with fingerprint sensor, over USB; two touches to reset',
  aaguid: '77010bd7-212a-4fc9-b236-d2ca5e9d4084',
  specification: '2.1-pre',
  usb: { ...FEITIAN, productId: 0x085d, product: 'BioPassFIDO2 (software)', deviceVersion: [1, 0, 0] },
  commands: [...CTAP_2_0_COMMANDS, 'credentialManagementPreview', 'bioEnrollmentPreview'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    extensions: ['credProtect', 'hmac-secret'],
    maxMsgSize: 2048,
    pinUvAuthProtocols: [1],
    maxCredentialCountInList: 10,
    maxCredentialIdLength: 96,
    transports: ['usb'],
    algorithms: ES256_ONLY,
    announcesAlgorithms: true,
  },
  options: {
    rk: true,
    up: true,
    uv: false,
    plat: false,
    clientPin: false,
    credentialMgmtPreview: true,
    userVerificationMgmtPreview: false,
  },
  pin: PIN_RULES,
  uv: { maxRetries: 3, enrollSamples: 4, maxFriendlyNameLength: 64 },
  reset: { windowMs: 10_000, touches: 2 },
  storage: { discoverableCredentials: 50, fingerprints: 10 },
  touchTimeoutMs: 30_000,
  quirks: { ...feitianQuirks, insistsOnProtocol: true },
};

export const feitianEpassNfc: Model = {
  id: 'feitian-epass-nfc',
  description: 'Feitian ePass FIDO2-NFC, CTAP 2.1, over USB and NFC',
  aaguid: '234cd403-35a2-4cc2-8015-77ea280c77f5',
  specification: '2.1',
  usb: { ...FEITIAN, productId: 0x0858, product: 'ePass FIDO2-NFC (software)', deviceVersion: [1, 1, 0] },
  nfc: { transport: 'nfc', historicalBytes: historicalText('FT ePass'), shortApdusOnly: false, presence: 'field' },
  commands: CTAP_2_1_COMMANDS,
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
    extensions: ['credProtect', 'hmac-secret', 'minPinLength'],
    maxMsgSize: 2048,
    pinUvAuthProtocols: [2, 1],
    maxCredentialCountInList: 10,
    maxCredentialIdLength: 96,
    transports: ['nfc', 'usb'],
    algorithms: ES256_ONLY,
    announcesAlgorithms: true,
    firmwareVersion: 0x01_0100,
    maxRPIDsForSetMinPINLength: 2,
  },
  options: {
    rk: true,
    up: true,
    plat: false,
    clientPin: false,
    pinUvAuthToken: true,
    credMgmt: true,
    authnrCfg: true,
    setMinPINLength: true,
    makeCredUvNotRqd: true,
    alwaysUv: false,
  },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 50 },
  touchTimeoutMs: 30_000,
  quirks: feitianQuirks,
};

/** A smart card without USB: short APDUs only; being put into the reader counts as user presence. */
export const hidCrescendo: Model = {
  id: 'hid-crescendo',
  description: 'HID Crescendo 4000 card, CTAP 2.1, short APDUs only',
  aaguid: 'aa79f476-ea00-417e-9628-1e8365123922',
  specification: '2.1',
  nfc: { transport: 'nfc', historicalBytes: historicalText('Crescendo'), shortApdusOnly: true, presence: 'field' },
  commands: CTAP_2_1_COMMANDS,
  info: {
    versions: ['FIDO_2_0', 'FIDO_2_1'],
    extensions: ['credProtect', 'hmac-secret', 'minPinLength'],
    maxMsgSize: 1200,
    pinUvAuthProtocols: [2, 1],
    maxCredentialCountInList: 8,
    maxCredentialIdLength: 64,
    transports: ['nfc', 'smart-card'],
    algorithms: ES256_ONLY,
    announcesAlgorithms: true,
    // authenticatorVersion 262400 of its metadata statement.
    firmwareVersion: 0x04_0100,
    maxRPIDsForSetMinPINLength: 1,
  },
  options: {
    rk: true,
    up: true,
    plat: false,
    clientPin: false,
    pinUvAuthToken: true,
    credMgmt: true,
    authnrCfg: true,
    setMinPINLength: true,
    makeCredUvNotRqd: true,
  },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 25 },
  touchTimeoutMs: 30_000,
  quirks,
};
