import { concat } from '../../encoding/bytes.ts';
import { encodeCbor } from '../../encoding/cbor.ts';
import {
  arrayOf,
  bool,
  bytes,
  defineCommand,
  nothing,
  optional,
  parameters,
  type RequestOf,
  required,
  struct,
  type TypeOf,
  text,
  uint,
  uint64,
} from '../schema.ts';

/** Subcommands of authenticatorConfig, CTAP 2.3 §6.11. */
export const AUTHENTICATOR_CONFIG_SUBCOMMAND = {
  /** Only reset turns it off again. */
  enableEnterpriseAttestation: 0x01,
  toggleAlwaysUv: 0x02,
  /** See {@link setMinPINLengthParams}. Nothing but reset lowers the minimum. */
  setMinPINLength: 0x03,
  /** CTAP 2.3. */
  enableLongTouchForReset: 0x04,
  /** See {@link vendorPrototypeParams}. */
  vendorPrototype: 0xff,
} as const;

/**
 * subCommandParams of setMinPINLength, CTAP 2.3 §6.11.4. `newMinPINLength` is in code points; `minPinLengthRPIDs`
 * replaces the list of relying parties that may learn the minimum.
 */
export const setMinPINLengthParams = struct({
  newMinPINLength: optional(0x01, uint),
  minPinLengthRPIDs: optional(0x02, arrayOf(text)),
  forceChangePin: optional(0x03, bool),
  pinComplexityPolicy: optional(0x04, bool),
});
export type SetMinPINLengthParams = TypeOf<typeof setMinPINLengthParams>;

/** subCommandParams of vendorPrototype, CTAP 2.3 §6.11.5; further members are the vendor's. */
export const vendorPrototypeParams = struct({ vendorCommandId: required(0x01, uint64) });
export type VendorPrototypeParams = TypeOf<typeof vendorPrototypeParams>;

/**
 * authenticatorConfig (0x0D), CTAP 2.3 §6.11. Permission acfg; a key that is not protected by PIN or UV takes requests
 * without pinUvAuthParam. The answer is empty.
 */
export const authenticatorConfig = defineCommand({
  name: 'authenticatorConfig',
  code: 0x0d,
  request: struct({
    subCommand: required(0x01, uint),
    subCommandParams: optional(0x02, parameters),
    pinUvAuthProtocol: optional(0x03, uint),
    pinUvAuthParam: optional(0x04, bytes),
  }),
  response: nothing,
});

export type AuthenticatorConfigRequest = RequestOf<typeof authenticatorConfig>;

/**
 * What pinUvAuthParam covers: `32 × FF ‖ 0D ‖ subCommand ‖ CBOR(subCommandParams)`, the last only if sent (CTAP 2.3
 * §6.11).
 */
export function authenticatorConfigAuthMessage({
  subCommand,
  subCommandParams,
}: Pick<AuthenticatorConfigRequest, 'subCommand' | 'subCommandParams'>): Uint8Array {
  const head = concat(new Uint8Array(32).fill(0xff), Uint8Array.of(authenticatorConfig.code, subCommand));
  return subCommandParams ? concat(head, encodeCbor(subCommandParams)) : head;
}
