/** Built-in user verification: the fingerprint sensor (CTAP 2.3 §6.5.3.1, performBuiltInUv). */
import { CTAP_STATUS } from '../ctap2/status.ts';
import type { CommandContext } from './command-handler.ts';
import { currentOptions } from './current-options.ts';
import { isEnrolled } from './state/fingerprints.ts';
import { KEEPALIVE_STATUS, orCancelled } from './user-presence.ts';

export type BuiltInUvOutcome =
  | 'verified'
  /** The finger is not enrolled, and there are tries left. */
  | 'mismatch'
  /** No tries are left; only the PIN restores them. */
  | 'blocked'
  /** There is no sensor, or no finger is enrolled. */
  | 'notConfigured'
  | 'denied'
  | 'timeout'
  | 'cancelled';

/** Whether the key is protected by user verification: a PIN is set, or a finger is enrolled. */
export function isProtected(context: Pick<CommandContext, 'model' | 'state' | 'supports'>): boolean {
  return context.state.pin.current !== undefined || currentOptions(context).uv === true;
}

/**
 * Asks for one finger and compares it. A try is spent and saved once there is a finger to compare: waiting in vain
 * costs none, and cutting the power gives none back. An enrolled finger restores all tries. Never throws, because each
 * command has other statuses for the outcomes.
 */
export async function performBuiltInUv(context: CommandContext): Promise<BuiltInUvOutcome> {
  const { model, state, environment, signal } = context;
  const { pin } = state;
  if (!model.uv || currentOptions(context).uv !== true) return 'notConfigured';
  if (pin.uvRetries === 0) return 'blocked';
  if (signal.aborted) return 'cancelled';
  context.keepalive(KEEPALIVE_STATUS.upneeded);
  const answer = await orCancelled(environment.userVerification({ timeoutMs: model.touchTimeoutMs, signal }), signal);
  context.keepalive(KEEPALIVE_STATUS.processing);
  if (typeof answer === 'string') return answer;
  pin.uvRetries--;
  await context.persist();
  if (isEnrolled(state.fingerprints, answer.finger)) {
    pin.uvRetries = model.uv.maxRetries;
    pin.uvCountSinceLastPinEntry++;
    return 'verified';
  }
  return pin.uvRetries === 0 ? 'blocked' : 'mismatch';
}

/** What getPinUvAuthTokenUsingUvWithPermissions answers to each outcome (CTAP 2.3 §6.5.5.7.3). */
export function builtInUvStatus(
  outcome: Exclude<BuiltInUvOutcome, 'verified'>,
  { model }: Pick<CommandContext, 'model'>,
): number {
  switch (outcome) {
    case 'mismatch':
      return CTAP_STATUS.CTAP2_ERR_UV_INVALID;
    case 'blocked':
      return CTAP_STATUS.CTAP2_ERR_UV_BLOCKED;
    case 'notConfigured':
      return CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED;
    case 'denied':
      return CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED;
    case 'timeout':
      return model.quirks.touchTimeoutStatus ?? CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT;
    case 'cancelled':
      return CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL;
  }
}
