/** pico-fido, firmware for RP2040 and ESP32 boards, version 6.6. Its AAGUID begins SHA-256("Pico FIDO2"). */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, utf8 } from '../../encoding/bytes.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import type { Model } from './model.ts';
import { CTAP_2_1_COMMANDS, PIN_RULES } from './rules.ts';

export const picoFido: Model = {
  id: 'pico-fido',
  description: 'pico-fido 6.6, CTAP 2.1, over USB and PC/SC; three wrong PINs are remembered beyond a replug',
  aaguid: '89fb94b7-06c9-3673-9b7e-30526d968145',
  specification: '2.1',
  usb: {
    vendorId: 0x2e8a,
    productId: 0x10fe,
    manufacturer: 'Pol Henarejos',
    product: 'Pico Key (software)',
    deviceVersion: [6, 6, 0],
    wink: true,
  },
  nfc: {
    transport: 'smart-card',
    // The same as those of a YubiKey.
    historicalBytes: concat(Uint8Array.of(0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57), utf8('YubiKey')),
    shortApdusOnly: false,
    presence: 'button',
  },
  commands: [...CTAP_2_1_COMMANDS, 'largeBlobs', 'credentialManagementPreview'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
    extensions: ['credBlob', 'credProtect', 'hmac-secret', 'largeBlobKey', 'minPinLength', 'thirdPartyPayment'],
    maxMsgSize: 1024,
    pinUvAuthProtocols: [1, 2],
    maxCredentialCountInList: 16,
    maxCredentialIdLength: 1024,
    algorithms: [COSE_ALG.ES256, COSE_ALG.ES384],
    announcesAlgorithms: true,
    firmwareVersion: 0x0606,
  },
  options: {
    ep: false,
    rk: true,
    alwaysUv: false,
    credMgmt: true,
    authnrCfg: true,
    clientPin: false,
    largeBlobs: true,
    pinUvAuthToken: true,
    setMinPINLength: true,
  },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 256, largeBlobArray: 2048, credBlob: 128 },
  touchTimeoutMs: 30_000,
  quirks: {
    unknownSubCommandStatus: CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION,
    keepsPowerCycleState: true,
    spendsTriesWhileAuthBlocked: true,
    setPinWhenSetStatus: CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED,
    errorsInStatusWord: true,
    absentInfoMembers: ['remainingDiscoverableCredentials'],
  },
};
