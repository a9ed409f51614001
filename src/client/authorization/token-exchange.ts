/** Gets a pinUvAuthToken from the key, by built-in user verification or by PIN (CTAP 2.3 §6.5.5.7). */

import { CLIENT_PIN_SUBCOMMAND, clientPIN, PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { wipe } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError, PinError } from '../../errors.ts';
import type { Interaction, UserVerificationPrompt } from '../interaction.ts';
import { agreeOnKey, type KeyAgreement } from '../key-agreement.ts';
import { exchangeWithPin } from '../pin/failure.ts';
import { pinChangeRequired } from '../pin/requirements.ts';
import { type CurrentPin, readUvRetries, requestCurrentPin, withTriesLeft } from '../pin/tries.ts';
import { hasStatus, type Session } from '../session.ts';
import { type FingerWaitOutcome, waitForFinger } from './finger-wait.ts';

/** What a token shall be good for. */
export interface TokenRequest {
  /** {@link PERMISSION}s combined by OR; `pcmr` only alone. The right ones and nothing more. */
  permissions: number;
  /** Needed with mc and ga, possible with cm: the only relying party the token is good for. */
  rpId?: string | undefined;
}

/** The part of {@link Interaction} that getting a token uses. */
export type TokenInteraction = Pick<
  Interaction,
  | 'prefersPin'
  | 'fingerTimeoutMs'
  | 'requestPin'
  | 'confirmLastTry'
  | 'confirmReplugged'
  | 'verifyUser'
  | 'userNotRecognised'
  | 'userVerificationBlocked'
  | 'userVerificationTimeout'
>;

/** A token as the key gave it. Whoever takes it wipes `bytes`. */
export interface GrantedToken {
  protocol: PinUvAuthProtocol;
  bytes: Uint8Array;
  userVerifiedBy: 'pin' | 'uv';
}

/** What the key says for preferredPlatformUvAttempts is 1 to 5 in practice; a key that says nothing gets this many. */
const DEFAULT_UV_ATTEMPTS = 3;
const MAX_UV_ATTEMPTS = 25;

/** Whether built-in user verification may be tried for these permissions. */
export function canUseUv({ options = {} }: AuthenticatorInfo, permissions: number): boolean {
  if (!options.uv || !options.pinUvAuthToken) return false;
  if (permissions & PERMISSION.be && !options.uvBioEnroll) return false;
  return !(permissions & PERMISSION.acfg && !options.uvAcfg);
}

/**
 * A token by built-in user verification. Three exchanges if the first try succeeds: getUVRetries, getKeyAgreement, token.
 * @param canFallBack whether a PIN could be asked instead
 * @returns undefined when it is the PIN's turn: blocked, not recognised often enough, no finger in time, the PIN rather
 *   given, or not to be had this way.
 * @throws {PinError} `uv-blocked`, `uv-invalid`, only without `canFallBack`
 * @throws {FidoError} `touch-timeout`, `operation-denied`
 */
export async function tokenByUv(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
  canFallBack: boolean,
): Promise<GrantedToken | undefined> {
  const { preferredPlatformUvAttempts = DEFAULT_UV_ATTEMPTS } = await session.info();
  let { uvRetries } = await readUvRetries(session);
  let refusal: CtapStatusError | undefined;
  const attempts = Math.min(preferredPlatformUvAttempts, MAX_UV_ATTEMPTS);
  for (let attempt = 0; attempt < attempts && uvRetries !== 0; attempt++) {
    const prompt = { retries: uvRetries, canUsePin: canFallBack };
    const result = await attemptUv(session, request, interaction, prompt);
    if (!result.refusal) return result.token;
    ({ refusal, uvRetries } = result);
  }
  if (uvRetries === 0) interaction.userVerificationBlocked();
  if (canFallBack) return undefined;
  throw uvFailure(uvRetries, refusal);
}

/** `token` is undefined when it is the PIN's turn. */
type UvAttempt =
  | { refusal?: undefined; token: GrantedToken | undefined }
  | { refusal: CtapStatusError; uvRetries: number | undefined };

/** @throws whatever neither the PIN nor another try can help */
async function attemptUv(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
  prompt: UserVerificationPrompt,
): Promise<UvAttempt> {
  try {
    const outcome = await tryFinger(session, request, interaction, prompt);
    if (!outcome.ended) return { token: outcome.value };
    const isLate = outcome.ended === 'timeout' || outcome.ended === 'key-timeout';
    if (isLate) interaction.userVerificationTimeout?.();
    if (prompt.canUsePin) return { token: undefined };
    throw isLate ? noFinger(outcome.cause) : denied(outcome.cause);
  } catch (error) {
    if (isNotToBeHadByUv(error) && prompt.canUsePin) return { token: undefined };
    if (!hasStatus(error, S.CTAP2_ERR_UV_INVALID, S.CTAP2_ERR_UV_BLOCKED)) throw error;
    const uvRetries = error.status === S.CTAP2_ERR_UV_BLOCKED ? 0 : (await readUvRetries(session)).uvRetries;
    if (error.status === S.CTAP2_ERR_UV_INVALID) interaction.userNotRecognised({ retries: uvRetries });
    return { refusal: error, uvRetries };
  }
}

/** A key that gives up sooner than this would only be asked in vain again and again. */
const SHORTEST_WAIT_MS = 1_000;

/** One try, for as long as the person may take: a key that waits for less is asked again, unless that costs a try. */
async function tryFinger(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
  prompt: UserVerificationPrompt,
): Promise<FingerWaitOutcome<GrantedToken>> {
  const { fingerTimeoutMs } = interaction;
  const deadline = fingerTimeoutMs === undefined ? undefined : Date.now() + fingerTimeoutMs;
  for (;;) {
    const started = Date.now();
    const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - started);
    const outcome = await waitForFinger(session, interaction, { ...prompt, timeoutMs }, (signal) =>
      requestTokenByUv(session, request, signal),
    );
    if (outcome.ended !== 'key-timeout' || deadline === undefined) return outcome;
    const now = Date.now();
    if (now - started < SHORTEST_WAIT_MS || deadline - now < SHORTEST_WAIT_MS) return outcome;
    if ((await readUvRetries(session)).uvRetries !== prompt.retries) return outcome;
  }
}

async function requestTokenByUv(
  session: Session,
  { permissions, rpId }: TokenRequest,
  signal: AbortSignal,
): Promise<GrantedToken> {
  const agreement = await agreeOnKey(session);
  try {
    const { pinUvAuthToken } = await session.call(
      clientPIN,
      {
        pinUvAuthProtocol: agreement.protocol.number,
        subCommand: CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingUvWithPermissions,
        keyAgreement: agreement.platformKey,
        permissions,
        rpId,
      },
      { touch: { reason: 'verify-user', hold: false }, signal },
    );
    return granted(agreement, pinUvAuthToken, 'uv');
  } finally {
    agreement.wipe();
  }
}

function noFinger(cause: unknown): FidoError {
  return new FidoError('touch-timeout', 'no finger was put on the sensor in time', {
    hint: 'Run the command again, and put an enrolled finger on the sensor.',
    situation: { id: 'time-ran-out' },
    cause,
  });
}

function denied(cause: unknown): FidoError {
  return new FidoError('operation-denied', 'the key was not given a finger, or its user declined', {
    hint: 'Run the command again, and put an enrolled finger on the sensor.',
    cause,
  });
}

/** The right refused to a finger, no finger enrolled after all, or a key that says uv but lacks the subcommand. */
function isNotToBeHadByUv(error: unknown): boolean {
  return hasStatus(
    error,
    S.CTAP2_ERR_UNAUTHORIZED_PERMISSION,
    S.CTAP2_ERR_NOT_ALLOWED,
    S.CTAP1_ERR_INVALID_COMMAND,
    S.CTAP2_ERR_INVALID_SUBCOMMAND,
  );
}

function uvFailure(retries: number | undefined, cause: CtapStatusError | undefined): PinError {
  const blocked = retries === 0;
  return new PinError(
    blocked ? 'uv-blocked' : 'uv-invalid',
    blocked
      ? 'the fingerprint sensor is blocked after too many tries, and this key has no PIN to unblock it'
      : withTriesLeft('the key did not recognise its user', retries),
    {
      status: blocked ? S.CTAP2_ERR_UV_BLOCKED : S.CTAP2_ERR_UV_INVALID,
      statusName: blocked ? 'CTAP2_ERR_UV_BLOCKED' : 'CTAP2_ERR_UV_INVALID',
      ...(retries === undefined ? {} : { retries }),
    },
    {
      hint: blocked
        ? 'Remove the key, insert it again and try once more; if it stays blocked, only a reset helps.'
        : 'Run the command again with a clean, dry, enrolled finger.',
      cause,
    },
  );
}

/**
 * A token by PIN. Three exchanges: getPINRetries (before a try is spent), getKeyAgreement, token. Keys without
 * pinUvAuthToken (CTAP 2.0, FIDO_2_1_PRE) know only getPinToken, which grants whatever they have.
 * @throws {FidoError} `pin-change-required`, `declined` (last try), `unsupported` (the key does not grant this to a PIN)
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`
 */
export async function tokenByPin(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
): Promise<GrantedToken> {
  const info = await session.info();
  const current = await requestCurrentPin(session, interaction);
  try {
    return await requestTokenByPin(session, info, request, current);
  } catch (error) {
    if (hasStatus(error, S.CTAP2_ERR_PIN_POLICY_VIOLATION)) {
      session.forgetInfo();
      throw pinChangeRequired(error);
    }
    if (hasStatus(error, S.CTAP2_ERR_UNAUTHORIZED_PERMISSION)) throw notGranted(request, error);
    throw error;
  } finally {
    wipe(current.pin);
  }
}

function requestTokenByPin(
  session: Session,
  { options = {} }: AuthenticatorInfo,
  { permissions, rpId }: TokenRequest,
  current: CurrentPin,
): Promise<GrantedToken> {
  return exchangeWithPin(session, current, async (agreement, pinHashEnc) => {
    const { pinUvAuthToken } = await session.call(clientPIN, {
      pinUvAuthProtocol: agreement.protocol.number,
      ...(options.pinUvAuthToken
        ? { subCommand: CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions, permissions, rpId }
        : { subCommand: CLIENT_PIN_SUBCOMMAND.getPinToken }),
      keyAgreement: agreement.platformKey,
      pinHashEnc,
    });
    return granted(agreement, pinUvAuthToken, 'pin');
  });
}

/** Protocol one has tokens of 16 or 32 bytes, two of 32; some real keys give 64. */
const MIN_TOKEN_LENGTH = 16;
const MAX_TOKEN_LENGTH = 64;

function granted(
  { protocol, sharedSecret }: KeyAgreement,
  pinUvAuthToken: Uint8Array | undefined,
  userVerifiedBy: GrantedToken['userVerifiedBy'],
): GrantedToken {
  let bytes: Uint8Array | undefined;
  try {
    bytes = protocol.decrypt(sharedSecret, pinUvAuthToken ?? new Uint8Array(0));
  } catch {
    // The failure below says it; as its cause this error would add nothing but a length.
  }
  const length = bytes?.length ?? 0;
  if (!bytes || length < MIN_TOKEN_LENGTH || length > MAX_TOKEN_LENGTH) {
    wipe(bytes);
    throw new FidoError('malformed-response', 'the key granted access but sent no usable token');
  }
  return { protocol, bytes, userVerifiedBy };
}

const PERMISSION_WORDS: Readonly<Record<keyof typeof PERMISSION, string>> = {
  mc: 'creating credentials',
  ga: 'signing in',
  cm: 'managing passkeys',
  be: 'managing fingerprints',
  lbw: 'writing large blobs',
  acfg: 'changing settings',
  pcmr: 'reading passkeys with a lasting token',
};

function notGranted({ permissions }: TokenRequest, cause: CtapStatusError): CtapStatusError {
  const wanted = (Object.keys(PERMISSION) as (keyof typeof PERMISSION)[])
    .filter((name) => permissions & PERMISSION[name])
    .map((name) => `${PERMISSION_WORDS[name]} (${name})`);
  return new CtapStatusError('unsupported', `this key does not grant ${wanted.join(' and ')} to its PIN`, cause, {
    hint: 'Use a key that grants it.',
    situation: { id: 'function-missing' },
    cause,
  });
}
