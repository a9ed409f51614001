import { bool, bytes, defineCommand, map, optional, required, struct, text, uint } from '../schema.ts';

/** Subcommands of authenticatorClientPIN, CTAP 2.3 §6.5.5. */
export const CLIENT_PIN_SUBCOMMAND = {
  getPINRetries: 0x01,
  getKeyAgreement: 0x02,
  setPIN: 0x03,
  changePIN: 0x04,
  getPinToken: 0x05,
  getPinUvAuthTokenUsingUvWithPermissions: 0x06,
  getUVRetries: 0x07,
  getPinUvAuthTokenUsingPinWithPermissions: 0x09,
} as const;

/** Permissions of a pinUvAuthToken, CTAP 2.3 §6.5.5.7, to be combined by OR. */
export const PERMISSION = {
  mc: 0x01,
  ga: 0x02,
  cm: 0x04,
  be: 0x08,
  lbw: 0x10,
  acfg: 0x20,
  pcmr: 0x40,
} as const;

/** authenticatorClientPIN (0x06), CTAP 2.3 §6.5. Which members a subcommand takes is in §6.5.5. */
export const clientPIN = defineCommand({
  name: 'clientPIN',
  code: 0x06,
  request: struct({
    pinUvAuthProtocol: optional(0x01, uint),
    subCommand: required(0x02, uint),
    keyAgreement: optional(0x03, map),
    pinUvAuthParam: optional(0x04, bytes),
    newPinEnc: optional(0x05, bytes),
    pinHashEnc: optional(0x06, bytes),
    permissions: optional(0x09, uint),
    rpId: optional(0x0a, text),
  }),
  response: struct({
    keyAgreement: optional(0x01, map),
    pinUvAuthToken: optional(0x02, bytes),
    pinRetries: optional(0x03, uint),
    powerCycleState: optional(0x04, bool),
    uvRetries: optional(0x05, uint),
  }),
});
