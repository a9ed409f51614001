/** authenticatorClientPIN, CTAP 2.3 §6.5. The checks come in the order of the steps in §6.5.5. */
import { timingSafeEqual } from 'node:crypto';
import { CLIENT_PIN_SUBCOMMAND, type clientPIN } from '../../ctap2/commands/client-pin.ts';
import { type PinUvAuthProtocol, pinHash } from '../../ctap2/pin-uv-auth-protocol.ts';
import type { RequestOf, ResponseOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat, wipe } from '../../encoding/bytes.ts';
import { keyAgreementToCose } from '../../encoding/cose.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { acceptNewPin } from '../pin-uv-auth/pin-policy.ts';
import { requireProtocol } from '../pin-uv-auth/require-token.ts';
import { withSharedSecret } from '../pin-uv-auth/shared-secret.ts';
import {
  grantWithoutPermissions,
  issueTokenForPin,
  issueTokenForUv,
  permittedByPin,
  permittedByUv,
} from '../pin-uv-auth/token-permissions.ts';

type Request = RequestOf<typeof clientPIN>;
type Response = ResponseOf<typeof clientPIN>;

/** Wrong PINs in a row after which the key takes no PIN until it was powered off and on. */
const MISSES_PER_POWER_CYCLE = 3;

export const handleClientPin: Handler<typeof clientPIN> = (request, context) => {
  switch (request.subCommand) {
    case CLIENT_PIN_SUBCOMMAND.getPINRetries:
      return getPinRetries(request, context);
    case CLIENT_PIN_SUBCOMMAND.getKeyAgreement:
      return getKeyAgreement(request, context);
    case CLIENT_PIN_SUBCOMMAND.setPIN:
      return setPin(request, context);
    case CLIENT_PIN_SUBCOMMAND.changePIN:
      return changePin(request, context);
    case CLIENT_PIN_SUBCOMMAND.getPinToken:
      return getPinToken(request, context);
    case CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingUvWithPermissions:
      if (context.model.uv) return getTokenUsingUv(request, context);
      break;
    case CLIENT_PIN_SUBCOMMAND.getUVRetries:
      if (context.model.uv) return { uvRetries: context.state.pin.uvRetries };
      break;
    case CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions:
      if (context.model.options.pinUvAuthToken) return getTokenUsingPin(request, context);
      break;
  }
  return refuse(context.model.quirks.unknownSubCommandStatus);
};

function getPinRetries(request: Request, context: CommandContext): Response {
  const { model, state } = context;
  const { insistsOnProtocol, noPowerCycleState, keepsPowerCycleState, blockedKeyTellsNothing } = model.quirks;
  if (insistsOnProtocol) requireProtocol(request.pinUvAuthProtocol, context);
  if (model.quirks.noRetriesWithoutPin && !state.pin.current) refuse(CTAP_STATUS.CTAP2_ERR_PIN_NOT_SET);
  const { pinRetries, authBlocked } = state.pin;
  if (pinRetries === 0 && blockedKeyTellsNothing) refuse(CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED);
  if (noPowerCycleState) return { pinRetries };
  const blocked = keepsPowerCycleState ? authBlocked === true : state.powerCycle.pinMisses >= MISSES_PER_POWER_CYCLE;
  return { pinRetries, powerCycleState: pinRetries > 0 && blocked };
}

function getKeyAgreement(request: Request, context: CommandContext): Response {
  const { model, state } = context;
  if (state.pin.pinRetries === 0 && model.quirks.blockedKeyTellsNothing) refuse(CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED);
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  return { keyAgreement: keyAgreementToCose(context.volatile.keyAgreementKey(protocol.number).publicKey) };
}

async function setPin(request: Request, context: CommandContext): Promise<Response> {
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const keyAgreement = requireMember(request.keyAgreement);
  const newPinEnc = requireMember(request.newPinEnc);
  const pinUvAuthParam = requireMember(request.pinUvAuthParam);
  if (context.state.pin.current) {
    refuse(context.model.quirks.setPinWhenSetStatus ?? CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
  }
  return withSharedSecret(protocol, keyAgreement, context, (sharedSecret) => {
    if (!protocol.verify(sharedSecret, newPinEnc, pinUvAuthParam)) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
    storeNewPin(decrypt(protocol, sharedSecret, newPinEnc), context);
    return {};
  });
}

async function changePin(request: Request, context: CommandContext): Promise<Response> {
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const keyAgreement = requireMember(request.keyAgreement);
  const pinUvAuthParam = requireMember(request.pinUvAuthParam);
  const newPinEnc = requireMember(request.newPinEnc);
  const pinHashEnc = requireMember(request.pinHashEnc);
  requirePinUsable(context);
  return withSharedSecret(protocol, keyAgreement, context, async (sharedSecret) => {
    const message = concat(newPinEnc, pinHashEnc);
    if (!protocol.verify(sharedSecret, message, pinUvAuthParam)) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
    await comparePin(protocol, sharedSecret, pinHashEnc, context);
    storeNewPin(decrypt(protocol, sharedSecret, newPinEnc), context);
    return {};
  });
}

async function getPinToken(request: Request, context: CommandContext): Promise<Response> {
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const keyAgreement = requireMember(request.keyAgreement);
  const pinHashEnc = requireMember(request.pinHashEnc);
  if (request.permissions !== undefined || request.rpId !== undefined) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  requirePinUsable(context);
  return withSharedSecret(protocol, keyAgreement, context, async (sharedSecret) => {
    await comparePin(protocol, sharedSecret, pinHashEnc, context);
    // Clients that use this subcommand do not know forcePINChange; the subcommand with permissions tells the real
    // reason.
    if (context.state.config.forcePINChange) refuse(CTAP_STATUS.CTAP2_ERR_PIN_INVALID);
    const grant = grantWithoutPermissions(context.model);
    return { pinUvAuthToken: issueTokenForPin(protocol, sharedSecret, grant, context) };
  });
}

async function getTokenUsingPin(request: Request, context: CommandContext): Promise<Response> {
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const keyAgreement = requireMember(request.keyAgreement);
  const pinHashEnc = requireMember(request.pinHashEnc);
  const grant = permittedByPin(requireMember(request.permissions), request.rpId, context);
  requirePinUsable(context);
  return withSharedSecret(protocol, keyAgreement, context, async (sharedSecret) => {
    await comparePin(protocol, sharedSecret, pinHashEnc, context);
    if (context.state.config.forcePINChange) refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
    return { pinUvAuthToken: issueTokenForPin(protocol, sharedSecret, grant, context) };
  });
}

async function getTokenUsingUv(request: Request, context: CommandContext): Promise<Response> {
  const protocol = requireProtocol(request.pinUvAuthProtocol, context);
  const keyAgreement = requireMember(request.keyAgreement);
  // The preview's getUvToken has no permissions.
  const permissions = context.model.options.pinUvAuthToken ? requireMember(request.permissions) : undefined;
  const grant =
    permissions === undefined
      ? grantWithoutPermissions(context.model)
      : permittedByUv(permissions, request.rpId, context);
  return withSharedSecret(protocol, keyAgreement, context, async (sharedSecret) => ({
    pinUvAuthToken: await issueTokenForUv(protocol, sharedSecret, grant, context),
  }));
}

function requireMember<T>(member: T | undefined): T {
  return member ?? refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
}

function requirePinUsable({ model, state }: CommandContext): void {
  if (!state.pin.current) refuse(CTAP_STATUS.CTAP2_ERR_PIN_NOT_SET);
  if (state.pin.pinRetries === 0) refuse(CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED);
  if (isAuthBlocked(state) && !model.quirks.spendsTriesWhileAuthBlocked) {
    refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED);
  }
}

function isAuthBlocked({ powerCycle }: CommandContext['state']): boolean {
  return powerCycle.pinMisses >= MISSES_PER_POWER_CYCLE;
}

function decrypt(protocol: PinUvAuthProtocol, sharedSecret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return protocol.decrypt(sharedSecret, ciphertext);
  } catch (error) {
    if (error instanceof RangeError) return refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
    throw error;
  }
}

/**
 * Compares a PIN. The try is spent and saved before that, so that cutting the power gives none back. The right PIN
 * restores all tries (§6.5.5.6).
 */
async function comparePin(
  protocol: PinUvAuthProtocol,
  sharedSecret: Uint8Array,
  pinHashEnc: Uint8Array,
  { model, state, volatile, persist }: CommandContext,
): Promise<void> {
  const { pin, powerCycle } = state;
  const { quirks } = model;
  const alreadyBlocked = isAuthBlocked(state);
  pin.pinRetries--;
  if (!alreadyBlocked) powerCycle.pinMisses++;
  await persist();
  const hash = decrypt(protocol, sharedSecret, pinHashEnc);
  const expected = pin.current?.hash;
  const correct = expected !== undefined && hash.length === expected.length && timingSafeEqual(hash, expected);
  wipe(hash);
  if (correct && alreadyBlocked) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED);
  if (correct) {
    delete pin.authBlocked;
    pin.pinRetries = model.pin.maxRetries;
    pin.uvRetries = model.uv?.maxRetries ?? 0;
    pin.uvCountSinceLastPinEntry = 0;
    powerCycle.pinMisses = 0;
    return;
  }
  volatile.regenerateKeyAgreementKey(protocol.number);
  if (pin.pinRetries === 0 && !quirks.lastTryAnswersPinInvalid) refuse(CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED);
  if (quirks.keepsPowerCycleState && isAuthBlocked(state)) pin.authBlocked = true;
  if (isAuthBlocked(state) || pin.authBlocked) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED);
  refuse(CTAP_STATUS.CTAP2_ERR_PIN_INVALID);
}

/** Sets the new PIN and wipes `padded`. All tokens become invalid, the persistent one too. */
function storeNewPin(padded: Uint8Array, { model, state, volatile, environment }: CommandContext): void {
  const { pin, config, identity } = state;
  try {
    const accepted = acceptNewPin(padded, model, config);
    const hash = pinHash(accepted.pin);
    const same = pin.current !== undefined && timingSafeEqual(hash, pin.current.hash);
    if (same && config.forcePINChange) refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
    wipe(pin.current?.hash);
    pin.current = { hash, codePoints: accepted.codePoints };
    pin.pinRetries = model.pin.maxRetries;
    config.forcePINChange = false;
    identity.persistentPinUvAuthToken = environment.randomBytes(32);
    volatile.voidToken();
  } finally {
    wipe(padded);
  }
}
