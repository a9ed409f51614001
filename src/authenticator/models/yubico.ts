/** Models of Yubico with firmware 5.7, the last before CTAP 2.3. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, utf8 } from '../../encoding/bytes.ts';
import type { Model } from './model.ts';
import { CTAP_2_1_COMMANDS, ES256_EDDSA_ES384, PIN_RULES } from './rules.ts';

const VENDOR_ID = 0x1050;
/** "YubiKey FIDO": the one product id without a keyboard or a card reader. */
const FIDO_ONLY = 0x0402;
const FIRMWARE = [5, 7, 1] as const;

const info = {
  versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE', 'FIDO_2_1'],
  extensions: ['credProtect', 'hmac-secret', 'largeBlobKey', 'credBlob', 'minPinLength'],
  maxMsgSize: 1280,
  pinUvAuthProtocols: [2, 1],
  maxCredentialCountInList: 8,
  maxCredentialIdLength: 128,
  algorithms: ES256_EDDSA_ES384,
  announcesAlgorithms: true,
  firmwareVersion: 0x05_0701,
  maxRPIDsForSetMinPINLength: 1,
  certifications: {},
  vendorPrototypeConfigCommands: [],
} as const;

const quirks = {
  // Yubico answers CTAP2_ERR_ACTION_TIMEOUT (0x3A) where the specification says CTAP2_ERR_USER_ACTION_TIMEOUT (0x2F).
  touchTimeoutStatus: CTAP_STATUS.CTAP2_ERR_ACTION_TIMEOUT,
  unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER,
  nothingStored: 'totalRPs 0',
  noRetriesWithoutPin: true,
} as const;

export const yubikey5Nfc: Model = {
  id: 'yubikey-5-nfc',
  description: 'YubiKey 5 NFC, firmware 5.7, over USB and NFC',
  aaguid: 'a25342c0-3cdc-4414-8e46-f4807fca511c',
  specification: '2.1',
  usb: {
    vendorId: VENDOR_ID,
    productId: FIDO_ONLY,
    manufacturer: 'Yubico',
    product: 'YubiKey FIDO (software)',
    deviceVersion: FIRMWARE,
    wink: true,
  },
  nfc: {
    transport: 'nfc',
    // 80 73 C0 21 C0: compact TLV of card capabilities; 57: seven letters of card issuer's data
    historicalBytes: concat(Uint8Array.of(0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57), utf8('YubiKey')),
    shortApdusOnly: false,
    presence: 'field',
  },
  commands: [...CTAP_2_1_COMMANDS, 'largeBlobs', 'credentialManagementPreview'],
  info: { ...info, transports: ['nfc', 'usb'] },
  options: {
    rk: true,
    up: true,
    plat: false,
    alwaysUv: false,
    credMgmt: true,
    authnrCfg: true,
    clientPin: false,
    largeBlobs: true,
    pinUvAuthToken: true,
    setMinPINLength: true,
    makeCredUvNotRqd: true,
    credentialMgmtPreview: true,
  },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 100, userNameLength: 64, largeBlobArray: 4096, credBlob: 32 },
  touchTimeoutMs: 30_000,
  quirks,
  yubico: { firmware: FIRMWARE, formFactor: 1 },
};

/** The same hardware as sold with an enhanced PIN: six characters, and none of the obvious ones. */
export const yubikey5NfcEnhancedPin: Model = {
  ...yubikey5Nfc,
  id: 'yubikey-5-nfc-enhanced-pin',
  description: 'YubiKey 5 NFC Enhanced PIN, firmware 5.7: at least 6 characters, no simple PINs',
  aaguid: '662ef48a-95e2-4aaa-a6c1-5b9c40375824',
  pin: { ...PIN_RULES, minLength: 6, complexity: { enforced: true } },
};

export const yubikeyBio: Model = {
  id: 'yubikey-bio',
  description: 'YubiKey Bio FIDO Edition, firmware 5.7, over USB',
  aaguid: 'dd86a2da-86a0-4cbe-b462-4bd31f57bc6f',
  specification: '2.1',
  usb: {
    vendorId: VENDOR_ID,
    productId: FIDO_ONLY,
    manufacturer: 'Yubico',
    product: 'YubiKey FIDO (software)',
    deviceVersion: FIRMWARE,
    wink: true,
  },
  commands: [
    ...CTAP_2_1_COMMANDS,
    'bioEnrollment',
    'bioEnrollmentPreview',
    'largeBlobs',
    'credentialManagementPreview',
  ],
  info: { ...info, transports: ['usb'] },
  options: {
    rk: true,
    up: true,
    uv: false,
    plat: false,
    alwaysUv: true,
    bioEnroll: false,
    credMgmt: true,
    authnrCfg: true,
    clientPin: false,
    largeBlobs: true,
    pinUvAuthToken: true,
    setMinPINLength: true,
    makeCredUvNotRqd: true,
    credentialMgmtPreview: true,
    userVerificationMgmtPreview: false,
  },
  pin: PIN_RULES,
  uv: {
    maxRetries: 3,
    preferredPlatformUvAttempts: 3,
    uvModality: 0x02,
    enrollSamples: 5,
    maxFriendlyNameLength: 15,
  },
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 100, userNameLength: 64, largeBlobArray: 4096, credBlob: 32, fingerprints: 5 },
  touchTimeoutMs: 30_000,
  quirks: { ...quirks, emptyFriendlyName: true },
  yubico: { firmware: FIRMWARE, formFactor: 6 },
};

/** With a PIV application besides, in use here: Yubico then lets the whole key be reset, but not FIDO alone. */
export const yubikeyBioMultiProtocol: Model = {
  ...yubikeyBio,
  id: 'yubikey-bio-multi-protocol',
  description: 'YubiKey Bio Multi-protocol Edition with PIV data, firmware 5.7: FIDO reset is blocked',
  aaguid: '90636e1f-ef82-43bf-bdcf-5255f139d12f',
  pin: { ...PIN_RULES, maxLength: 8 },
  reset: { windowMs: 10_000, touches: 1, blocked: true },
  yubico: { firmware: FIRMWARE, formFactor: 6, resetBlocked: true },
};
