/** authenticatorClientPIN for people: status, set, change, verify (CTAP 2.3 §6.5). */

import { CLIENT_PIN_SUBCOMMAND, clientPIN, PERMISSION } from '../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../ctap2/commands/get-info.ts';
import { padPin, pinHash } from '../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { concat, wipe } from '../encoding/bytes.ts';
import { CtapStatusError, FidoError } from '../errors.ts';
import { agreeOnKey } from './key-agreement.ts';
import { checkNewPin, normalizePin, pinRules } from './pin-text.ts';
import {
  explainPinRefusal,
  type PinInteraction,
  readPinRetries,
  readUvRetries,
  requestCurrentPin,
} from './pin-tries.ts';
import { hasStatus, type Session } from './session.ts';

export interface PinStatus {
  /** Whether the key can have a PIN at all. */
  supported: boolean;
  set: boolean;
  /** Tries left; only when set. */
  retries?: number;
  /** The key takes no PIN until it is removed and inserted again; only when set. */
  powerCycleNeeded?: boolean;
  /** Code points. */
  minLength?: number;
  maxLength?: number;
  forceChange?: boolean;
  /** Tries left for the fingerprint; only where the key has built-in user verification set up. */
  uvRetries?: number;
}

/** Reads everything about the PIN without spending a try. getInfo and up to two exchanges. */
export async function pinStatus(session: Session): Promise<PinStatus> {
  const info = await session.info();
  const { options = {} } = info;
  const uv = options.uv === true ? await readUvRetries(session) : {};
  if (options.clientPin === undefined) return { supported: false, set: false, ...uv };
  const rules = pinRules(info);
  const status = {
    supported: true,
    set: options.clientPin,
    minLength: rules.minLength,
    maxLength: rules.maxLength,
    forceChange: info.forcePINChange ?? false,
    ...uv,
  };
  return status.set ? { ...status, ...(await readPinRetries(session)) } : status;
}

/**
 * Gives a key its first PIN. Three exchanges: getInfo, getKeyAgreement, setPIN.
 * @throws {FidoError} `unsupported`, `pin-already-set`, `pin-policy-violation`
 */
export async function setPin(session: Session, interaction: Pick<PinInteraction, 'requestPin'>): Promise<void> {
  const info = await session.info();
  requirePinSupport(info);
  if (info.options?.clientPin) throw pinAlreadySet();
  const newPin = await requestNewPin(info, interaction);
  try {
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
    } finally {
      wipe(padded);
      agreement.wipe();
    }
  } catch (error) {
    // Another program may have set one since getInfo; the key then refuses the MAC (CTAP 2.3 §6.5.5.5 step 1.3).
    if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID)) throw pinAlreadySet(error);
    throw await explainPolicy(error, info);
  } finally {
    wipe(newPin);
    session.forgetInfo();
  }
}

/**
 * Replaces the PIN. Four exchanges: getInfo, getPINRetries (before a try is spent), getKeyAgreement, changePIN.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-policy-violation`, `declined` (last try)
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`
 */
export async function changePin(session: Session, interaction: PinInteraction): Promise<void> {
  const info = await session.info();
  requirePin(info);
  const currentPin = await requestCurrentPin(session, interaction);
  let newPin: Uint8Array | undefined;
  try {
    newPin = await requestNewPin(info, interaction);
    await sendChangePin(session, currentPin, newPin);
  } catch (error) {
    throw await explainPolicy(await explainPinRefusal(session, error), info);
  } finally {
    wipe(currentPin, newPin);
    session.forgetInfo();
  }
}

async function sendChangePin(session: Session, currentPin: Uint8Array, newPin: Uint8Array): Promise<void> {
  const agreement = await agreeOnKey(session);
  const { protocol, sharedSecret, platformKey } = agreement;
  const [padded, hash] = [padPin(newPin), pinHash(currentPin)];
  try {
    const newPinEnc = protocol.encrypt(sharedSecret, padded);
    const pinHashEnc = protocol.encrypt(sharedSecret, hash);
    await session.call(clientPIN, {
      pinUvAuthProtocol: protocol.number,
      subCommand: CLIENT_PIN_SUBCOMMAND.changePIN,
      keyAgreement: platformKey,
      newPinEnc,
      pinHashEnc,
      pinUvAuthParam: protocol.authenticate(sharedSecret, concat(newPinEnc, pinHashEnc)),
    });
  } finally {
    wipe(padded, hash);
    agreement.wipe();
  }
}

/**
 * Checks the PIN by asking for a token that is thrown away. Four exchanges.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-change-required`, `declined` (last try)
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`
 */
export async function verifyPin(session: Session, interaction: PinInteraction): Promise<void> {
  const info = await session.info();
  requireUsablePin(info);
  const pin = await requestCurrentPin(session, interaction);
  try {
    await discardToken(session, info, pin);
  } catch (error) {
    throw await explainPinRefusal(session, error);
  } finally {
    wipe(pin);
  }
}

async function discardToken(session: Session, info: AuthenticatorInfo, pin: Uint8Array): Promise<void> {
  const agreement = await agreeOnKey(session);
  const { protocol, sharedSecret, platformKey } = agreement;
  const hash = pinHash(pin);
  try {
    const { pinUvAuthToken } = await session.call(clientPIN, {
      pinUvAuthProtocol: protocol.number,
      ...verificationToken(info),
      keyAgreement: platformKey,
      pinHashEnc: protocol.encrypt(sharedSecret, hash),
    });
    wipe(pinUvAuthToken);
  } finally {
    wipe(hash);
    agreement.wipe();
  }
}

/** The token request that grants the least: getting it proves the PIN, and it is thrown away. */
function verificationToken(info: AuthenticatorInfo): { subCommand: number; permissions?: number; rpId?: string } {
  const { options = {} } = info;
  if (!options.pinUvAuthToken) return { subCommand: CLIENT_PIN_SUBCOMMAND.getPinToken };
  const subCommand = CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions;
  if (!options.noMcGaPermissionsWithClientPin) {
    // ".invalid" can never be a real relying party (RFC 6761).
    return { subCommand, permissions: PERMISSION.ga, rpId: 'seckey.invalid' };
  }
  return { subCommand, permissions: options.authnrCfg && !options.credMgmt ? PERMISSION.acfg : PERMISSION.cm };
}

function requirePinSupport(info: AuthenticatorInfo): void {
  if (info.options?.clientPin === undefined) {
    throw new FidoError('unsupported', 'this key cannot have a PIN: it lacks the option clientPin', {
      hint: 'Use a key that takes a PIN. What this one can do: seckey info',
    });
  }
}

/**
 * Before a PIN is asked for in order to get a token: a key whose PIN must be changed first would only take a try for it.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-change-required`
 */
export function requireUsablePin(info: AuthenticatorInfo): void {
  requirePin(info);
  if (info.forcePINChange) throw pinChangeRequired();
}

export function pinChangeRequired(cause?: unknown): FidoError {
  return new FidoError('pin-change-required', 'this key wants its PIN changed before anything else', {
    hint: 'Change it first: seckey pin change',
    cause,
  });
}

function requirePin(info: AuthenticatorInfo): void {
  requirePinSupport(info);
  if (!info.options?.clientPin) {
    throw new FidoError('pin-not-set', 'this key has no PIN yet', { hint: 'Set one first: seckey pin set' });
  }
}

function pinAlreadySet(cause?: unknown): FidoError {
  return new FidoError('pin-already-set', 'this key already has a PIN', {
    hint: 'To replace it by another one: seckey pin change',
    cause,
  });
}

async function requestNewPin(
  info: AuthenticatorInfo,
  interaction: Pick<PinInteraction, 'requestPin'>,
): Promise<Uint8Array> {
  const rules = pinRules(info);
  const typed = await interaction.requestPin({ which: 'new', ...rules });
  let pin: Uint8Array | undefined;
  try {
    pin = normalizePin(typed);
    checkNewPin(pin, rules);
    return pin;
  } catch (error) {
    wipe(pin);
    throw error;
  } finally {
    wipe(typed);
  }
}

async function explainPolicy(error: unknown, info: AuthenticatorInfo): Promise<unknown> {
  if (!hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION)) return error;
  const { complexityPolicy } = pinRules(info);
  const rules = complexityPolicy?.url ? ` Its rules: ${complexityPolicy.url}` : '';
  return new CtapStatusError(
    'pin-policy-violation',
    complexityPolicy ? 'the key found the new PIN too simple' : "the new PIN does not meet the key's rules",
    error,
    { hint: `Choose a longer one without repeated or consecutive characters.${rules}`, cause: error },
  );
}
