/** Keys of no maker, one for each version of the specification. Their AAGUIDs are seckey's own. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model, UsbIdentity } from './model.ts';
import {
  CTAP_2_0_COMMANDS,
  CTAP_2_1_COMMANDS,
  ES256_EDDSA,
  ES256_EDDSA_ES384,
  ES256_ONLY,
  historicalText,
  PID_CODES_TEST,
  PIN_RULES,
} from './rules.ts';

const usb = (product: string, productId: number): UsbIdentity => ({
  ...PID_CODES_TEST,
  productId,
  manufacturer: 'seckey',
  product,
  deviceVersion: [1, 0, 0],
  wink: true,
});

/** Has everything that CTAP 2.3 defines. */
export const ctap23: Model = {
  id: 'ctap-2.3',
  description: 'Everything CTAP 2.3 knows, with fingerprint sensor, over USB and NFC',
  aaguid: '5ec4e7a1-0023-4f1d-8b3c-6d2a9e70c523',
  specification: '2.3',
  usb: usb('seckey CTAP 2.3 (software)', 0x0001),
  nfc: {
    transport: 'nfc',
    historicalBytes: historicalText('seckey 2.3'),
    shortApdusOnly: false,
    presence: 'button',
  },
  commands: [...CTAP_2_1_COMMANDS, 'bioEnrollment', 'largeBlobs'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1', 'FIDO_2_3'],
    extensions: [
      'credBlob',
      'credProtect',
      'hmac-secret',
      'hmac-secret-mc',
      'largeBlobKey',
      'minPinLength',
      'pinComplexityPolicy',
      'thirdPartyPayment',
    ],
    maxMsgSize: 7609,
    pinUvAuthProtocols: [2, 1],
    maxCredentialCountInList: 16,
    maxCredentialIdLength: 128,
    transports: ['nfc', 'usb'],
    algorithms: ES256_EDDSA_ES384,
    announcesAlgorithms: true,
    firmwareVersion: 0x01_0000,
    maxRPIDsForSetMinPINLength: 8,
    certifications: {},
    vendorPrototypeConfigCommands: [],
    attestationFormats: ['packed', 'fido-u2f'],
    authenticatorConfigCommands: [1, 2, 3, 4],
  },
  options: {
    rk: true,
    up: true,
    uv: false,
    plat: false,
    clientPin: false,
    pinUvAuthToken: true,
    largeBlobs: true,
    ep: false,
    bioEnroll: false,
    authnrCfg: true,
    credMgmt: true,
    perCredMgmtRO: true,
    setMinPINLength: true,
    makeCredUvNotRqd: true,
    alwaysUv: false,
  },
  pin: { ...PIN_RULES, complexity: { enforced: false } },
  uv: {
    maxRetries: 5,
    preferredPlatformUvAttempts: 3,
    uvModality: 0x02,
    enrollSamples: 4,
    maxFriendlyNameLength: 64,
  },
  reset: { windowMs: 10_000, touches: 1, longTouch: false },
  storage: { discoverableCredentials: 100, largeBlobArray: 4096, credBlob: 64, fingerprints: 5 },
  enterpriseRpIds: ['enterprise.example'],
  touchTimeoutMs: 30_000,
  quirks: { unknownSubCommandStatus: CTAP_STATUS.CTAP2_ERR_INVALID_SUBCOMMAND },
};

/** The same, but it takes a reset over USB only, like keys of some makers. */
export const ctap23UsbReset: Model = {
  ...ctap23,
  id: 'ctap-2.3-usb-reset',
  description: 'The same, but with transportsForReset: it takes a reset over USB only',
  aaguid: '5ec4e7a1-0023-4f1d-8b3c-6d2a9e70c524',
  reset: { ...ctap23.reset, transports: ['usb'] },
};

/** A key from between CTAP 2.0 and 2.1: management commands under their preview numbers, tokens without permissions. */
export const ctap21pre: Model = {
  id: 'ctap-2.1-pre',
  description: 'FIDO_2_1_PRE: preview credential management, no permissions, over USB',
  aaguid: '5ec4e7a1-0021-4f1d-8b3c-6d2a9e70c521',
  specification: '2.1-pre',
  usb: usb('seckey CTAP 2.1 preview (software)', 0x0002),
  commands: [...CTAP_2_0_COMMANDS, 'credentialManagementPreview'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    extensions: ['credProtect', 'hmac-secret'],
    maxMsgSize: 1200,
    pinUvAuthProtocols: [1],
    maxCredentialCountInList: 8,
    maxCredentialIdLength: 128,
    transports: ['usb'],
    algorithms: ES256_EDDSA,
    announcesAlgorithms: true,
    firmwareVersion: 0x01_0000,
  },
  options: { rk: true, up: true, plat: false, clientPin: false, credentialMgmtPreview: true },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 25, rpIdLength: 32 },
  touchTimeoutMs: 30_000,
  quirks: { unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER, insistsOnProtocol: true },
};

/** The smallest FIDO2 key. Like OpenSK it refuses a reset once any other command has come since power-up. */
export const ctap20: Model = {
  id: 'ctap-2.0',
  description: 'Plain CTAP 2.0: PIN protocol one, nothing to manage, over USB',
  aaguid: '5ec4e7a1-0020-4f1d-8b3c-6d2a9e70c520',
  specification: '2.0',
  usb: usb('seckey CTAP 2.0 (software)', 0x0003),
  commands: CTAP_2_0_COMMANDS,
  info: {
    versions: ['U2F_V2', 'FIDO_2_0'],
    extensions: ['hmac-secret'],
    maxMsgSize: 1024,
    pinUvAuthProtocols: [1],
    algorithms: ES256_ONLY,
    announcesAlgorithms: false,
  },
  options: { rk: true, up: true, plat: false, clientPin: false },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1, forfeitedByOtherCommands: true },
  storage: { discoverableCredentials: 25 },
  attestation: 'self',
  touchTimeoutMs: 30_000,
  quirks: { unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER, insistsOnProtocol: true },
};
