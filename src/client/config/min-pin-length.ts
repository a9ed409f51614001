/** setMinPINLength: rules for the PIN, and whether it must be changed (CTAP 2.3 §6.11.4). */

import { AUTHENTICATOR_CONFIG_SUBCOMMAND, setMinPINLengthParams } from '../../ctap2/commands/authenticator-config.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import type { Authorizer } from '../authorization/authorization.ts';
import { pinRules } from '../pin/text.ts';
import { hasStatus, type Session } from '../session.ts';
import { applyChange, type ChangeOptions, requireConfig, type SettingsChange, unchanged } from './config.ts';

/** What {@link setMinPinLength} sets; what is left out stays. */
export interface MinPinLength {
  /** Code points. Only a reset lowers it again. A PIN that is shorter must be changed before it is used again. */
  newMinPINLength?: number | undefined;
  /** The relying parties that may learn the minimum; replaces the key's list. */
  rpIds?: readonly string[] | undefined;
  /** The PIN must be changed before it is used again. */
  forceChangePin?: boolean | undefined;
}

/**
 * Sets the shortest PIN the key takes, who may learn of it, and whether the PIN must be changed. One exchange, and one to see
 * it, besides the token. Permission acfg.
 * @throws {FidoError} `unsupported`, `invalid-input`, `pin-policy-violation` (shorter than it is), `too-large` (more RP IDs
 *   than the key keeps), `pin-not-set` (forced change without PIN),
 *   `refused` if the key says done and shows otherwise; as acquireToken
 */
export async function setMinPinLength(
  session: Session,
  { newMinPINLength, rpIds, forceChangePin }: MinPinLength,
  authorizer: Authorizer,
  options: ChangeOptions = {},
): Promise<SettingsChange> {
  const info = await session.info();
  const { setMinPINLength } = AUTHENTICATOR_CONFIG_SUBCOMMAND;
  requireConfig(info, setMinPINLength, 'the option setMinPINLength', info.options?.setMinPINLength === true);
  const { minLength } = pinRules(info);
  if (newMinPINLength !== undefined) checkLength(newMinPINLength, info);
  if (rpIds) checkRpIds(rpIds, info);
  const force = forceChangePin === true && !info.forcePINChange;
  if (forceChangePin && !info.options?.clientPin) {
    throw new FidoError('pin-not-set', 'this key has no PIN that could be changed', {
      hint: 'Set one first: seckey pin set',
    });
  }
  const longer = newMinPINLength !== undefined && newMinPINLength > minLength;
  if (!longer && !rpIds && !force) return unchanged(session);
  const subCommandParams = setMinPINLengthParams.encode({
    newMinPINLength,
    minPinLengthRPIDs: rpIds,
    ...(force ? { forceChangePin: true } : {}),
  });
  const change = { subCommand: setMinPINLength, subCommandParams };
  try {
    return await applyChange(session, change, authorizer, options, (after) => {
      const isLongEnough = newMinPINLength === undefined || (after.minPINLength ?? newMinPINLength) >= newMinPINLength;
      return isLongEnough && (!force || after.forcePINChange === true);
    });
  } catch (error) {
    throw explained(error, info);
  }
}

function checkLength(length: number, info: AuthenticatorInfo): void {
  const { minLength, maxLength } = pinRules(info);
  if (!Number.isInteger(length) || length < 4 || length > maxLength) {
    throw new FidoError('pin-policy-violation', `a shortest PIN of ${length} characters is not possible on this key`, {
      hint: `It takes ${minLength} to ${maxLength}.`,
    });
  }
  if (length < minLength) {
    throw new FidoError(
      'pin-policy-violation',
      `the shortest PIN is ${minLength} characters now; it cannot be lowered`,
      {
        hint: 'Only a reset lowers it, and it erases everything on the key: seckey reset',
      },
    );
  }
}

function checkRpIds(rpIds: readonly string[], { maxRPIDsForSetMinPINLength: most = 0 }: AuthenticatorInfo): void {
  if (rpIds.some((rpId) => rpId === ''))
    throw new FidoError('invalid-input', 'an RP ID is empty', {
      hint: 'Name a site, e.g. --rp-id login.microsoft.com',
    });
  if (most === 0 && rpIds.length > 0) {
    throw new FidoError('unsupported', 'this key keeps no list of sites that may see the PIN length', {
      hint: 'Its maxRPIDsForSetMinPINLength is 0. Leave the RP IDs out.',
    });
  }
  if (rpIds.length > most) {
    throw new FidoError('too-large', `${rpIds.length} RP IDs are too many: this key keeps ${most}`, {
      hint: 'Name fewer.',
    });
  }
}

function explained(error: unknown, info: AuthenticatorInfo): unknown {
  if (hasStatus(error, S.CTAP2_ERR_KEY_STORE_FULL)) {
    return new CtapStatusError('too-large', 'the key has no room for these RP IDs', error, {
      hint: `It keeps ${info.maxRPIDsForSetMinPINLength ?? 0}.`,
      cause: error,
    });
  }
  if (hasStatus(error, S.CTAP2_ERR_PIN_POLICY_VIOLATION)) {
    return new CtapStatusError('pin-policy-violation', 'the key refused this as the shortest PIN', error, {
      hint: 'See the lengths it takes: seckey pin status',
      cause: error,
    });
  }
  return error;
}
