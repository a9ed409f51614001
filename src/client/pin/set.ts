/** Setting and changing the PIN (CTAP 2.3 §6.5.5.5 and §6.5.5.6). */
import { CLIENT_PIN_SUBCOMMAND, clientPIN } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { padPin } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, equalBytes, wipe } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import { agreeOnKey } from '../key-agreement.ts';
import { hasStatus, type Session } from '../session.ts';
import { exchangeWithPin, onKeyAsItIs } from './failure.ts';
import { requirePin, requirePinSupport } from './requirements.ts';
import { explainChangeFailure, explainSetFailure } from './set-failure.ts';
import { checkNewPin, normalizePin, pinRules, requirePossiblePin } from './text.ts';
import { type CurrentPin, type PinInteraction, requestCurrentPin } from './tries.ts';

/**
 * Gives a key its first PIN. Four exchanges: getInfo, getKeyAgreement, setPIN, and getInfo again, which must show it.
 * @throws {FidoError} `unsupported`, `pin-already-set`, `pin-policy-violation`; `pin-uncertain` if the answer was lost;
 *   `refused` if the key says done and shows otherwise
 */
export async function setPin(session: Session, interaction: Pick<PinInteraction, 'requestPin'>): Promise<void> {
  const info = await session.info();
  requirePinSupport(info);
  if (info.options?.clientPin) throw pinAlreadySet();
  const newPin = await requestNewPin(info, interaction);
  try {
    await sendSetPin(session, info, newPin);
  } finally {
    wipe(newPin);
    session.forgetInfo();
  }
  await requireShown(session, 'set', ({ options }) => options?.clientPin === true);
}

async function sendSetPin(session: Session, info: AuthenticatorInfo, newPin: Uint8Array): Promise<void> {
  const agreement = await agreeOnKey(session);
  const { protocol, sharedSecret, platformKey } = agreement;
  const padded = padPin(newPin);
  try {
    const newPinEnc = protocol.encrypt(sharedSecret, padded);
    await session.call(clientPIN, {
      pinUvAuthProtocol: protocol.number,
      subCommand: CLIENT_PIN_SUBCOMMAND.setPIN,
      keyAgreement: platformKey,
      newPinEnc,
      pinUvAuthParam: protocol.authenticate(sharedSecret, newPinEnc),
    });
  } catch (error) {
    // Another program may have set one since getInfo; the key then refuses the MAC (CTAP 2.3 §6.5.5.5 step 1.3), or, as
    // Solo and pico-fido have it, the command.
    if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID, CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED)) {
      throw pinAlreadySet(error);
    }
    throw explainPolicy(await explainSetFailure(session, error), info);
  } finally {
    wipe(padded);
    agreement.wipe();
  }
}

/**
 * Replaces the PIN. Five exchanges: getInfo, getPINRetries (before a try is spent), getKeyAgreement, changePIN, and getInfo
 * again, which must not say otherwise.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-policy-violation`, `declined` (last try); `pin-uncertain` if the
 *   answer was lost; `refused` if the key says done and shows otherwise
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`
 */
export async function changePin(session: Session, interaction: PinInteraction): Promise<void> {
  const info = await session.info();
  requirePin(info);
  const current = await requestCurrentPin(session, interaction);
  let newPin: Uint8Array | undefined;
  try {
    newPin = await requestNewPin(info, interaction, current.pin);
    await sendChangePin(session, current, newPin);
  } catch (error) {
    throw explainPolicy(error, info);
  } finally {
    wipe(current.pin, newPin);
    session.forgetInfo();
  }
  const isChanged = ({ options, forcePINChange }: AuthenticatorInfo) => options?.clientPin === true && !forcePINChange;
  await requireShown(session, 'changed', isChanged);
}

async function sendChangePin(session: Session, current: CurrentPin, newPin: Uint8Array): Promise<void> {
  const padded = padPin(newPin);
  try {
    await exchangeWithPin(
      session,
      current,
      async ({ protocol, sharedSecret, platformKey }, pinHashEnc) => {
        const newPinEnc = protocol.encrypt(sharedSecret, padded);
        await session.call(clientPIN, {
          pinUvAuthProtocol: protocol.number,
          subCommand: CLIENT_PIN_SUBCOMMAND.changePIN,
          keyAgreement: platformKey,
          newPinEnc,
          pinHashEnc,
          pinUvAuthParam: protocol.authenticate(sharedSecret, concat(newPinEnc, pinHashEnc)),
        });
      },
      explainChangeFailure,
    );
  } finally {
    wipe(padded);
  }
}

/** Done is what the key shows, as far as it shows anything without spending a try. */
async function requireShown(
  session: Session,
  what: 'set' | 'changed',
  isShown: (info: AuthenticatorInfo) => boolean,
): Promise<void> {
  const info = await onKeyAsItIs(session, (again) => again.info());
  if (info === undefined) {
    throw new FidoError('pin-uncertain', `the key said that the PIN is ${what}, but could not be read afterwards`, {
      hint: 'Insert it again, and check the new PIN.',
      situation: { id: 'new-pin-unchecked' },
    });
  }
  if (isShown(info)) return;
  throw new FidoError('refused', `the key said that the PIN is ${what}, but it shows otherwise`, {
    hint: 'Remove the key, insert it again, and look.',
    situation: { id: 'pin-not-shown' },
  });
}

function pinAlreadySet(cause?: unknown): FidoError {
  return new FidoError('pin-already-set', 'this key already has a PIN', { cause });
}

async function requestNewPin(
  info: AuthenticatorInfo,
  interaction: Pick<PinInteraction, 'requestPin'>,
  currentPin?: Uint8Array,
): Promise<Uint8Array> {
  const rules = pinRules(info);
  requirePossiblePin(rules);
  const typed = await interaction.requestPin({ which: 'new', ...rules });
  let pin: Uint8Array | undefined;
  try {
    pin = normalizePin(typed);
    checkNewPin(pin, rules);
    if (currentPin && equalBytes(pin, currentPin)) throw sameAsCurrent();
    return pin;
  } catch (error) {
    wipe(pin);
    throw error;
  } finally {
    wipe(typed);
  }
}

function sameAsCurrent(): FidoError {
  return new FidoError('pin-policy-violation', 'the new PIN is the same as the current one; nothing was changed', {
    hint: 'Choose another one. No try was spent.',
  });
}

function explainPolicy(error: unknown, info: AuthenticatorInfo): unknown {
  if (!hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION)) return error;
  const { complexityPolicy } = pinRules(info);
  const rules = complexityPolicy?.url ? ` Its rules: ${complexityPolicy.url}` : '';
  const violation = (message: string, hint: string) =>
    new CtapStatusError('pin-policy-violation', message, error, { hint: `${hint}${rules}`, cause: error });
  // The one rule that a key adds when it forces a change (CTAP 2.3 §6.5.5.6).
  if (info.forcePINChange) {
    return violation(
      'the key did not take the new PIN: it wants one that it did not have before',
      complexityPolicy ? 'Choose another one, without repeated or consecutive characters.' : 'Choose another one.',
    );
  }
  return violation(
    complexityPolicy ? 'the key found the new PIN too simple' : "the new PIN does not meet the key's rules",
    'Choose a longer one without repeated or consecutive characters.',
  );
}
