/** What makeCredential and getAssertion check alike: who asks, who is there (CTAP 2.3 §6.1.2 and §6.2.2). */
import { CTAP_STATUS } from '../ctap2/status.ts';
import { type CommandContext, refuse, StatusError } from './command-handler.ts';
import { currentOptions } from './current-options.ts';
import { isBefore21 } from './models/model.ts';
import type { PinUvAuthToken } from './pin-uv-auth/pin-uv-auth-token.ts';
import { type Authorisation, requireProtocol, requireToken } from './pin-uv-auth/require-token.ts';
import { requireUserPresence } from './user-presence.ts';
import { type BuiltInUvOutcome, isProtected, performBuiltInUv } from './user-verification.ts';

/** A built-in verification within a command is tried this often unless the model says otherwise. */
const INTERNAL_UV_ATTEMPTS = 3;

/** Who was found to be there so far. */
export interface Evidence {
  readonly userVerified: boolean;
  /** Somebody touched the key already, for the verification. */
  readonly userPresent: boolean;
  readonly token?: PinUvAuthToken;
}

export const NO_EVIDENCE: Evidence = { userVerified: false, userPresent: false };

/** Waits for a touch; nobody coming counts as a refusal in these commands: 27. */
export function requireTouch(context: CommandContext): Promise<void> {
  return requireUserPresence(context, { usesUp: true, timeoutStatus: CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED });
}

/**
 * Steps 1 and 2: an empty pinUvAuthParam asks which of several keys the user means, by a touch; any other names its
 * protocol. In CTAP 2.0 that comes with the token.
 * @throws {StatusError} 27 not touched, 31 touched and a PIN is set, 35 touched and none is, 14 no protocol, 02 unknown
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
 * @throws {StatusError} 2C asked for and not set up, 2B asked for and unknown to a key of CTAP 2.0
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
 * Step 5: under alwaysUv nothing happens without verification; a key with a sensor does it without being asked.
 * @returns whether built-in verification is to be done
 * @throws {StatusError} 36 get a token first, 27 this key gives none
 */
export function builtInUvUnderAlwaysUv(request: Authorisation, uv: boolean, context: CommandContext): boolean {
  if (!currentOptions(context).alwaysUv) return uv;
  if (!isProtected(context)) return refuseUnverified(context);
  if (uv || request.pinUvAuthParam) return uv;
  return currentOptions(context).uv === true || refuseUnverified(context);
}

/** @throws {StatusError} 36 if a token for the PIN would help, else 27 */
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
 * The step of the token: its MAC, its right, its RP, that it still verifies the user; it is bound to the RP.
 * @param rpId of the request
 * @throws {StatusError} 33, 14 no protocol
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
 * Built-in verification within the command, with another try after a finger that does not match.
 * @param failed the status when no finger matched
 * @throws {StatusError} 2F nobody came, 2D cancelled, else what `failed` says
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

/** Failed built-in verification in getAssertion: a PIN, if there is one, is the way out. */
export function uvFailedWithPinAsWayOut(outcome: BuiltInUvOutcome, context: CommandContext): number {
  if (context.state.pin.current && tokenForPinHelps(context)) return CTAP_STATUS.CTAP2_ERR_PUAT_REQUIRED;
  return outcome === 'blocked' ? CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED : CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED;
}

/** The step of user presence; afterwards the token is good for large blobs only. */
export async function requireEvidenceOfPresence(evidence: Evidence, context: CommandContext): Promise<void> {
  if (!evidence.userPresent) await requireTouch(context);
  evidence.token?.spend();
}

/**
 * A touch before CREDENTIAL_EXCLUDED, so that nobody finds out in silence; refusing or not coming makes no difference
 * (§6.1.2 step 12).
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
