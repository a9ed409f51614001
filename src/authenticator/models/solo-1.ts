/** Solo 1, firmware 4: credMgmt beside a preview version, and tokens without permissions. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { Model } from './model.ts';
import { CTAP_2_0_COMMANDS, ES256_EDDSA, PIN_RULES } from './rules.ts';

export const solo1: Model = {
  id: 'solo-1',
  description: 'Solo 1, firmware 4: FIDO_2_1_PRE with credMgmt, over USB; no powerCycleState, 31 for the last try',
  aaguid: '8876631b-d4a0-427f-5773-0ec71c9e0279',
  specification: '2.1-pre',
  usb: {
    vendorId: 0x0483,
    productId: 0xa2ca,
    manufacturer: 'SoloKeys',
    product: 'Solo 4.1.5 (software)',
    deviceVersion: [4, 1, 5],
    wink: true,
  },
  commands: [...CTAP_2_0_COMMANDS, 'credentialManagement', 'credentialManagementPreview'],
  info: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    extensions: ['credProtect', 'hmac-secret'],
    maxMsgSize: 1200,
    pinUvAuthProtocols: [1],
    maxCredentialCountInList: 20,
    maxCredentialIdLength: 128,
    algorithms: ES256_EDDSA,
    announcesAlgorithms: false,
  },
  options: { rk: true, up: true, plat: false, credMgmt: true, clientPin: false },
  pin: PIN_RULES,
  reset: { windowMs: 10_000, touches: 1 },
  storage: { discoverableCredentials: 50 },
  touchTimeoutMs: 30_000,
  quirks: {
    unknownSubCommandStatus: CTAP_STATUS.CTAP1_ERR_OTHER,
    nothingStored: 'no members',
    insistsOnProtocol: true,
    noPowerCycleState: true,
    lastTryAnswersPinInvalid: true,
    setPinWhenSetStatus: CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED,
  },
};
