import { concat } from '../encoding/bytes.ts';
import type { Model } from './models/model.ts';
import type { AuthenticatorState } from './state.ts';

/** The management applet of Yubico keys. */
export const YUBICO_MANAGEMENT_AID = Uint8Array.of(0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17);
export const YUBICO_INS_READ_CONFIG = 0x1d;
/** The CTAPHID command that reads the same. */
export const YUBICO_CTAPHID_READ_CONFIG = 0x42;

const TAG = {
  usbSupported: 0x01,
  serial: 0x02,
  usbEnabled: 0x03,
  formFactor: 0x04,
  version: 0x05,
  autoEjectTimeout: 0x06,
  challengeResponseTimeout: 0x07,
  deviceFlags: 0x08,
  configLocked: 0x0a,
  nfcSupported: 0x0d,
  nfcEnabled: 0x0e,
  pinComplexity: 0x16,
  resetBlocked: 0x18,
} as const;

const CAPABILITY_FIDO2 = [0x02, 0x00];
/** FIDO2 and U2F, the applications that a software key has. */
const CAPABILITY_FIDO2_U2F = [0x02, 0x02];

/**
 * Yubico's device information: one length byte ‖ TLVs with one-byte tags and lengths. There is only page 0.
 * Undefined if the model is no Yubico key.
 */
export function yubicoConfig(model: Model, state: AuthenticatorState, page: number): Uint8Array | undefined {
  const { yubico } = model;
  if (!yubico) return undefined;
  if (page !== 0) return Uint8Array.of(0);
  const serial = new Uint8Array(4);
  new DataView(serial.buffer).setUint32(0, state.serial);
  const tlvs = concat(
    tlv(TAG.usbSupported, CAPABILITY_FIDO2_U2F),
    tlv(TAG.serial, serial),
    tlv(TAG.usbEnabled, CAPABILITY_FIDO2_U2F),
    tlv(TAG.formFactor, [yubico.formFactor]),
    tlv(TAG.version, yubico.firmware),
    tlv(TAG.autoEjectTimeout, [0, 0]),
    tlv(TAG.challengeResponseTimeout, [15]),
    tlv(TAG.deviceFlags, [0]),
    tlv(TAG.configLocked, [0]),
    ...(model.nfc ? [tlv(TAG.nfcSupported, CAPABILITY_FIDO2_U2F), tlv(TAG.nfcEnabled, CAPABILITY_FIDO2_U2F)] : []),
    tlv(TAG.pinComplexity, [state.config.pinComplexityPolicy ? 1 : 0]),
    ...(yubico.resetBlocked ? [tlv(TAG.resetBlocked, CAPABILITY_FIDO2)] : []),
  );
  return concat(Uint8Array.of(tlvs.length), tlvs);
}

function tlv(tag: number, value: Uint8Array | readonly number[]): Uint8Array {
  return Uint8Array.of(tag, value.length, ...value);
}
