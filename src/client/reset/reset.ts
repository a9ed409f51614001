/** authenticatorReset with the replug, the ten-second rule and the touch that belong to it (CTAP 2.3 §6.6). */

import { reset } from '../../ctap2/commands/reset.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { CtapStatusError, FidoError, HINTS_OF_CODES, isTransportFailure } from '../../errors.ts';
import { type DiscoveredKey, KEEPALIVE } from '../../transport/device.ts';
import { traitsOf } from '../../transport/traits.ts';
import type { Interaction } from '../interaction.ts';
import { hasStatus, type Session } from '../session.ts';
import { checkReset, refuseTwins } from './check.ts';
import { type ResetGestures, resetGestures, type TouchGesture } from './gestures.ts';
import { explainInterruption, ResetInterrupted } from './interruption.ts';
import { explainResetStatus, lookAgain, removedTooEarly, verifyReset } from './outcome.ts';
import { awaitReinsertion, type KeyFinder, type Reinserted } from './replug.ts';
import { identityOf, type KeyIdentity } from './same-key.ts';

export type ResetInteraction = Pick<
  Interaction,
  'touch' | 'processing' | 'removeKey' | 'insertKey' | 'wrongKey' | 'resetWindow' | 'confirmRepeat' | 'answerLost'
>;

export interface ResetOptions {
  finder: KeyFinder;
  interaction: ResetInteraction;
  /** Opens a key that was inserted; its session must report touches to `interaction`. */
  openSession(key: DiscoveredKey): Promise<Session>;
  /** Reads the maker's own serial number, where there is one. Sends no CTAP command. */
  vendorSerial(session: Session): Promise<string | undefined>;
  /** The published name of the key's model, where known; for the gestures of its maker. */
  model?: string | undefined;
  /** How long a person may take to remove and to insert the key, each. */
  timeoutMs: number;
  /** How long the key is looked for if its answer was lost. */
  lookAgainMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Time for a key to come back by itself, and for a person who sees what happened to put it back. */
const LOOK_AGAIN_MS = 5_000;

/** How often a card may ask to be lifted and laid down again. Known ones do so once. */
const MOST_TAPS = 3;

/**
 * Factory reset. All questions must have been asked. Closes `session`; answers the one to the key after its reset, whose
 * getInfo was read again.
 * @throws {FidoError} `unsupported`, `reset-too-late`, `touch-timeout`, `operation-denied`, `reset-uncertain`,
 *   `several-keys`, `person-timeout`, `interrupted`, or the transport's. After `reset-uncertain` it is not known whether
 *   the key was erased; after `interrupted` the message says what is known. After all others it was not.
 */
export async function resetKey(session: Session, options: ResetOptions): Promise<Session> {
  try {
    return await replugAndReset(session, options);
  } catch (error) {
    throw explainInterruption(error, options.signal);
  }
}

async function replugAndReset(session: Session, options: ResetOptions): Promise<Session> {
  await checkReset(session, options);
  const identity = await identityOf(session, options.vendorSerial);
  await refuseTwins(session, identity, options.finder);
  const gestures = resetGestures(session.key, await session.info(), options.model);
  let current = session;
  for (let taps = 1; ; ) {
    const reinserted = await awaitReinsertion(current, identity, gestures, options);
    const fresh = reinserted.session;
    options.interaction.resetWindow(reinserted.seenAt + gestures.windowMs);
    try {
      return await attempt(reinserted, identity, gestures, options);
    } catch (error) {
      if (wantsAnotherTap(fresh, error) && taps++ < MOST_TAPS) {
        current = fresh;
        continue;
      }
      if (!isTooLate(error)) {
        await fresh.close();
        throw explainResetStatus(error, gestures.touch);
      }
      if (options.signal?.aborted || !(await options.interaction.confirmRepeat(gestures.windowMs))) {
        await fresh.close();
        throw tooLate(error);
      }
      current = fresh;
    }
  }
}

async function attempt(
  { session, others }: Reinserted,
  identity: KeyIdentity,
  { touch }: ResetGestures,
  options: ResetOptions,
): Promise<Session> {
  const hadPin = (await session.info()).options?.clientPin === true;
  const lookAgainOptions = { ...options, lookAgainMs: options.lookAgainMs ?? LOOK_AGAIN_MS };
  try {
    await sendReset(session, touch, options.signal);
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    await session.close();
    options.interaction.answerLost?.('looking');
    const found = await lookAgain(session.key, { identity, hadPin, others, cause: error.cause }, lookAgainOptions);
    options.interaction.answerLost?.('was-reset');
    return found;
  }
  return verifyReset(session, { identity, others }, lookAgainOptions);
}

/** The command went out, and what became of it is not known. */
class AnswerLost extends Error {
  override readonly cause: FidoError;

  constructor(cause: FidoError) {
    super(cause.message);
    this.cause = cause;
  }
}

async function sendReset(session: Session, gesture: TouchGesture, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw ResetInterrupted.nothingErased();
  let waitsForTouch = false;
  try {
    await session.call(
      reset,
      {},
      {
        touch: { reason: 'reset', hold: gesture === 'hold', gesture },
        onKeepalive: (status) => {
          waitsForTouch = status === KEEPALIVE.upneeded;
        },
      },
    );
  } catch (error) {
    // An interruption has the key's own end as its cause, where it came to one.
    if (waitsForTouch && (isRemoval(error) || isRemoval((error as Error).cause)))
      throw removedTooEarly(error as FidoError);
    if (error instanceof FidoError && error.code === 'interrupted') throw ResetInterrupted.afterSending(error);
    if (!isTransportFailure(error)) throw error;
    // The status says that the key itself has answered: nothing is lost.
    if (error instanceof CtapStatusError) throw error;
    throw new AnswerLost(error);
  }
}

function isRemoval(error: unknown): boolean {
  return error instanceof FidoError && error.code === 'key-removed';
}

function isTooLate(error: unknown): boolean {
  // Some keys say PIN_AUTH_BLOCKED where the specification says NOT_ALLOWED.
  return hasStatus(error, CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED);
}

/** A card that wants to be tapped again says so by a status, since it cannot wait for it. */
function wantsAnotherTap({ key }: Session, error: unknown): boolean {
  return traitsOf(key).inReader && hasStatus(error, CTAP_STATUS.CTAP2_ERR_UP_REQUIRED);
}

function tooLate(cause: unknown): FidoError {
  return new FidoError('reset-too-late', 'the reset came too late after the key was inserted; nothing was erased', {
    hint: HINTS_OF_CODES['reset-too-late'],
    cause,
  });
}
