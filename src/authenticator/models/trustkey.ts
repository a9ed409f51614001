/**
 * Keys of TrustKey, eWBM and OctatcO, one family by chip and USB vendor id, as tests of real ones recorded them
 * (github.com/google/CTAP2-test-tool, 2020-11). All keys of a model carry the same iSerial.
 */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_0_COMMANDS, ES256_ONLY, PIN_RULES } from './rules.ts';

const VENDOR_ID = 0x311f;
const quirks = { unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER } as const;

export const trustkeyT110: Model = {
  id: 'trustkey-t110',
  description: 'TrustKey T110: FIDO_2_1_PRE over USB; all of them carry the same USB serial number',
  aaguid: 'da776f39-f6c8-4a89-b252-1d86137a46ba',
  specification: '2.1-pre',
  usb: {
    vendorId: VENDOR_ID,
    productId: 0xa7f9,
    manufacturer: 'TrustKey',
    product: 'TrustKey T110 (software)',
    deviceVersion: [1, 0, 0],
    wink: true,
  },
  commands: [...CTAP_2_0_COMMANDS, 'credentialManagementPreview'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    extensions: ['credProtect', 'hmac-secret'],
    maxMsgSize: 2048,
    pinUvAuthProtocols: [1],
    maxCredentialCountInList: 6,
    maxCredentialIdLength: 192,
    transports: ['usb'],
    algorithms: ES256_ONLY,
    announcesAlgorithms: false,
  },
  options: { rk: true, up: true, plat: false, clientPin: false, credentialMgmtPreview: true },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 50 },
  touchTimeoutMs: 30_000,
  quirks: { ...quirks, usbSerial: 'A00000000017' },
};

/** Has a fingerprint sensor; fingers can only be enrolled with the maker's own program. */
export const ewbmGoldengate500: Model = {
  ...trustkeyT110,
  id: 'ewbm-goldengate-500',
  description: 'eWBM Goldengate 500: FIDO_2_1_PRE over USB; shares its USB serial number with another maker’s key',
  aaguid: '361a3082-0278-4583-a16f-72a527f973e4',
  usb: {
    vendorId: VENDOR_ID,
    productId: 0x5c2f,
    manufacturer: 'eWBM',
    product: 'eWBM Security Key(Goldengate 500) (software)',
    deviceVersion: [1, 0, 0],
    wink: true,
  },
  quirks: { ...quirks, usbSerial: 'A00000000000' },
};

/** Takes a reset at any time, not only shortly after power-up. */
export const octatcoEzfinger: Model = {
  ...trustkeyT110,
  id: 'octatco-ezfinger',
  description: 'OctatcO EzFinger: FIDO_2_1_PRE over USB without U2F; takes a reset at any time',
  aaguid: '45665e06-0798-4edf-b245-37a271ec9c2f',
  usb: {
    vendorId: VENDOR_ID,
    productId: 0xf8d3,
    manufacturer: 'OctatcO',
    product: 'OctatcO EzFinger-FIDO (software)',
    deviceVersion: [1, 0, 0],
    wink: true,
  },
  info: { ...trustkeyT110.info, versions: ['FIDO_2_0', 'FIDO_2_1_PRE'], extensions: ['hmac-secret'] },
  reset: { windowMs: Number.POSITIVE_INFINITY, touches: 1 },
  quirks: { ...quirks, usbSerial: 'A00000000000' },
};
