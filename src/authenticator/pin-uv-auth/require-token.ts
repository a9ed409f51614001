import { PIN_UV_AUTH_PROTOCOLS, type PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import type { PinUvAuthToken } from './pin-uv-auth-token.ts';

/** The members by which a request proves that its sender holds a pinUvAuthToken. */
export interface Authorisation {
  pinUvAuthProtocol?: number | undefined;
  pinUvAuthParam?: Uint8Array | undefined;
}

/**
 * The protocol of that number.
 * @param unknownStatus if this model does not have it; CTAP1_ERR_INVALID_PARAMETER (0x02) if absent
 * @throws {StatusError} `unknownStatus`, or CTAP2_ERR_MISSING_PARAMETER (0x14) if `wanted` is undefined
 */
export function requireProtocol(
  wanted: number | undefined,
  { model }: CommandContext,
  unknownStatus: number = CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER,
): PinUvAuthProtocol {
  if (wanted === undefined) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  const number = model.info.pinUvAuthProtocols.find((supported) => supported === wanted);
  return number ? PIN_UV_AUTH_PROTOCOLS[number] : refuse(unknownStatus);
}

/**
 * The token in use, if `request` proves that its sender holds it and it has `permission`. Whether its relying party is
 * the right one is checked by the command ({@link PinUvAuthToken.bindRp}).
 * @param message what pinUvAuthParam covers in this command
 * @throws {StatusError} CTAP2_ERR_PUAT_REQUIRED (0x36) without pinUvAuthParam, CTAP2_ERR_MISSING_PARAMETER (0x14)
 *   without protocol, CTAP1_ERR_INVALID_PARAMETER (0x02) with an unknown one, CTAP2_ERR_PIN_AUTH_INVALID (0x33) in all
 *   other cases
 */
export function requireToken(
  request: Authorisation,
  message: Uint8Array,
  permission: number,
  context: CommandContext,
): PinUvAuthToken {
  const { pinUvAuthParam } = request;
  if (!pinUvAuthParam) refuse(CTAP_STATUS.CTAP2_ERR_PUAT_REQUIRED);
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const { token } = context.volatile;
  if (!token?.verify(protocol.number, message, pinUvAuthParam, context.environment.now()) || !token.has(permission)) {
    return refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
  }
  return token;
}

/** Whether `request` proves that its sender holds the persistent token, which reads credentials (permission pcmr). */
export function holdsPersistentToken(request: Authorisation, message: Uint8Array, context: CommandContext): boolean {
  if (!request.pinUvAuthParam) return false;
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  return protocol.verify(context.state.identity.persistentPinUvAuthToken, message, request.pinUvAuthParam);
}
