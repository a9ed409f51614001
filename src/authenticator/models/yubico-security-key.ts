/** Security Key by Yubico, firmware 5.1, of 2018: Yubico's first with CTAP 2.0. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_0_COMMANDS, ES256_ONLY, PIN_RULES } from './rules.ts';

export const yubicoSecurityKey: Model = {
  id: 'yubico-security-key',
  description: 'Security Key by Yubico, firmware 5.1: CTAP 2.0 over USB; once its PIN is blocked it tells no tries',
  aaguid: 'f8a011f3-8c0a-4d15-8006-17111f9edc7d',
  specification: '2.0',
  usb: {
    vendorId: 0x1050,
    productId: 0x0120,
    manufacturer: 'Yubico',
    product: 'Security Key by Yubico (software)',
    deviceVersion: [5, 1, 0],
    wink: true,
  },
  commands: CTAP_2_0_COMMANDS,
  info: {
    versions: ['U2F_V2', 'FIDO_2_0'],
    extensions: ['hmac-secret'],
    maxMsgSize: 1200,
    pinUvAuthProtocols: [1],
    algorithms: ES256_ONLY,
    announcesAlgorithms: false,
  },
  options: { rk: true, up: true, plat: false, clientPin: false },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 25 },
  touchTimeoutMs: 30_000,
  quirks: {
    touchTimeoutStatus: CTAP_STATUS.CTAP2_ERR_ACTION_TIMEOUT,
    unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER,
    insistsOnProtocol: true,
    noPowerCycleState: true,
    blockedKeyTellsNothing: true,
  },
};
