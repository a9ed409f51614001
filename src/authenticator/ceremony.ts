/**
 * The checks of tokens, user verification and user presence that makeCredential and getAssertion share (CTAP 2.3
 * §6.1.2, §6.2.2).
 */
import { CTAP_STATUS } from '../ctap2/status.ts';
import { type CommandContext, refuse, StatusError } from './command-handler.ts';
import { currentOptions } from './current-options.ts';
import { isBefore21 } from './models/model.ts';
import type { PinUvAuthToken } from './pin-uv-auth/pin-uv-auth-token.ts';
import { type Authorisation, requireProtocol, requireToken } from './pin-uv-auth/require-token.ts';
import { requireUserPresence } from './user-presence.ts';
import { type BuiltInUvOutcome, isProtected, performBuiltInUv } from './user-verification.ts';

/** Tries for built-in user verification within one command, unless the model has another number. */
const INTERNAL_UV_ATTEMPTS = 3;

/** What is known of the user so far. */
export interface Evidence {
  readonly userVerified: boolean;
  /** The touch of the sensor for user verification counts as user presence. */
  readonly userPresent: boolean;
  readonly token?: PinUvAuthToken;
}

export const NO_EVIDENCE: Evidence = { userVerified: false, userPresent: false };

/** Waits for a touch. In these commands a timeout counts as a refusal: CTAP2_ERR_OPERATION_DENIED (0x27). */
export function requireTouch(context: CommandContext): Promise<void> {
  return requireUserPresence(context, { usesUp: true, timeoutStatus: CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED });
}

/**
 * Steps 1 and 2: a client sends an empty pinUvAuthParam to several keys to learn by a touch which one the user means;
 * with any other pinUvAuthParam, the protocol must be one that the key has. A key of CTAP 2.0 checks the protocol
 * later, together with the token.
 * @throws {StatusError} for an empty one: CTAP2_ERR_OPERATION_DENIED (0x27) if nobody touches the key, else
 *   CTAP2_ERR_PIN_INVALID (0x31) if a PIN is set and CTAP2_ERR_PIN_NOT_SET (0x35) if none is; for any other:
 *   CTAP2_ERR_MISSING_PARAMETER (0x14) without protocol, CTAP1_ERR_INVALID_PARAMETER (0x02) with an unknown one
 */
export async function checkPinUvAuthParam(request: Authorisation, context: CommandContext): Promise<void> {
  if (request.pinUvAuthParam === undefined) return;
  if (request.pinUvAuthParam.length === 0) {
    await requireUserPresence(context, { timeoutStatus: CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED });
    refuse(context.state.pin.current ? CTAP_STATUS.CTAP2_ERR_PIN_INVALID : CTAP_STATUS.CTAP2_ERR_PIN_NOT_SET);
  }
  if (!isBefore21(context.model)) requireProtocol(request.pinUvAuthProtocol, context);
}

/**
 * Step 4, option uv: whether built-in verification is asked for. With a pinUvAuthParam it is ignored.
 * @throws {StatusError} CTAP2_ERR_INVALID_OPTION (0x2C) if it is asked for and no finger is enrolled,
 *   CTAP2_ERR_UNSUPPORTED_OPTION (0x2B) from a key of CTAP 2.0 that does not have it
 */
export function wantsBuiltInUv(
  request: Authorisation & { options?: { uv?: boolean | undefined } | undefined },
  context: CommandContext,
): boolean {
  if (request.pinUvAuthParam || !request.options?.uv) return false;
  const { uv } = currentOptions(context);
  if (uv === undefined && context.model.specification === '2.0') refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION);
  return uv === true || refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
}

/**
 * Step 5: with alwaysUv on, user verification is needed in any case; a key with a sensor does it without being asked.
 * @returns whether built-in verification is to be done
 * @throws {StatusError} CTAP2_ERR_PUAT_REQUIRED (0x36) if the client has to get a token first,
 *   CTAP2_ERR_OPERATION_DENIED (0x27) if this key gives no token for it
 */
export function builtInUvUnderAlwaysUv(request: Authorisation, uv: boolean, context: CommandContext): boolean {
  if (!currentOptions(context).alwaysUv) return uv;
  if (!isProtected(context)) return refuseUnverified(context);
  if (uv || request.pinUvAuthParam) return uv;
  return currentOptions(context).uv === true || refuseUnverified(context);
}

/**
 * @throws {StatusError} CTAP2_ERR_PUAT_REQUIRED (0x36) if a token got by PIN would do, else CTAP2_ERR_OPERATION_DENIED
 *   (0x27)
 */
export function refuseUnverified(context: CommandContext): never {
  return refuse(
    tokenForPinHelps(context) ? CTAP_STATUS.CTAP2_ERR_PUAT_REQUIRED : CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED,
  );
}

function tokenForPinHelps(context: CommandContext): boolean {
  const { clientPin, noMcGaPermissionsWithClientPin } = currentOptions(context);
  return clientPin !== undefined && !noMcGaPermissionsWithClientPin;
}

/**
 * The step that checks the token: pinUvAuthParam, permission, relying party, and whether it still proves user
 * verification. A token without relying party is bound to this one.
 * @param rpId of the request
 * @throws {StatusError} CTAP2_ERR_PIN_AUTH_INVALID (0x33), or CTAP2_ERR_MISSING_PARAMETER (0x14) without protocol
 */
export function evidenceOfToken(
  request: Authorisation & { clientDataHash: Uint8Array },
  permission: number,
  rpId: string,
  context: CommandContext,
): Evidence {
  if (isBefore21(context.model)) {
    // CTAP 2.0 §5.1 step 7, §5.2 step 3
    requireProtocol(request.pinUvAuthProtocol, context, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
  }
  const token = requireToken(request, request.clientDataHash, permission, context);
  if (!token.userVerified || !token.bindRp(rpId)) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
  return { userVerified: true, userPresent: token.userPresent(context.environment.now()), token };
}

/**
 * Built-in user verification within the command, with more tries after a finger that does not match.
 * @param failed the status when no finger matched
 * @throws {StatusError} CTAP2_ERR_USER_ACTION_TIMEOUT (0x2F) if nobody comes, CTAP2_ERR_KEEPALIVE_CANCEL (0x2D) if the
 *   client cancels, else what `failed` returns
 */
export async function evidenceOfBuiltInUv(
  context: CommandContext,
  failed: (outcome: BuiltInUvOutcome) => number,
): Promise<Evidence> {
  const attempts = context.model.uv?.preferredPlatformUvAttempts ?? INTERNAL_UV_ATTEMPTS;
  let outcome: BuiltInUvOutcome = 'mismatch';
  for (let attempt = 0; attempt < attempts && outcome === 'mismatch'; attempt++) {
    outcome = await performBuiltInUv(context);
  }
  switch (outcome) {
    case 'verified':
      return { userVerified: true, userPresent: true };
    case 'timeout':
      return refuse(context.model.quirks.touchTimeoutStatus ?? CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT);
    case 'cancelled':
      return refuse(CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL);
    default:
      return refuse(failed(outcome));
  }
}

/**
 * The status of getAssertion when built-in user verification failed: if a PIN is set, the client is told to ask for it.
 */
export function uvFailedWithPinAsWayOut(outcome: BuiltInUvOutcome, context: CommandContext): number {
  if (context.state.pin.current && tokenForPinHelps(context)) return CTAP_STATUS.CTAP2_ERR_PUAT_REQUIRED;
  return outcome === 'blocked' ? CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED : CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED;
}

/** The step of user presence. Afterwards the token has permission lbw left at most. */
export async function requireEvidenceOfPresence(evidence: Evidence, context: CommandContext): Promise<void> {
  if (!evidence.userPresent) await requireTouch(context);
  evidence.token?.spend();
}

/**
 * Asks for a touch before it answers CTAP2_ERR_CREDENTIAL_EXCLUDED (0x19), so that a website cannot find out without
 * the user noticing which credentials the key has. Refusing or not touching gives the same answer (§6.1.2 step 12).
 */
export async function refuseExcluded(evidence: Evidence, context: CommandContext): Promise<never> {
  try {
    if (!evidence.userPresent) await requireTouch(context);
  } catch (error) {
    const { quirks } = context.model;
    const ignored = [CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED, quirks.touchTimeoutStatus];
    if (!(error instanceof StatusError) || !ignored.includes(error.status as never)) throw error;
  }
  return refuse(CTAP_STATUS.CTAP2_ERR_CREDENTIAL_EXCLUDED);
}
