/** authenticatorReset with the replug, the ten-second rule and the touch that belong to it (CTAP 2.3 §6.6). */

import { reset } from '../../ctap2/commands/reset.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { CtapStatusError, FidoError, isTransportFailure } from '../../errors.ts';
import { type DiscoveredKey, KEEPALIVE } from '../../transport/device.ts';
import { traitsOf } from '../../transport/traits.ts';
import type { Interaction } from '../interaction.ts';
import { hasStatus, type Session } from '../session.ts';
import { planReset, type ResetPlan } from './check.ts';
import { explainInterruption, explainRefusal, ResetInterrupted, removedTooEarly, TOO_LATE } from './failures.ts';
import type { ResetGestures, TouchGesture } from './gestures.ts';
import { lookAgain, verifyReset } from './outcome.ts';
import { awaitReinsertion, type KeyFinder, type Reinserted } from './replug.ts';

/** The part of {@link Interaction} that a reset uses. */
export type ResetInteraction = Pick<
  Interaction,
  'touch' | 'processing' | 'removeKey' | 'insertKey' | 'wrongKey' | 'resetWindow' | 'confirmRepeat' | 'answerLost'
>;

/** Where the key is found again, who is told what to do, and for how long. */
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
  const plan = await planReset(session, options);
  const { identity, gestures } = plan;
  let current = session;
  for (let taps = 1; ; ) {
    const reinserted = await awaitReinsertion(current, identity, gestures, options);
    current = reinserted.session;
    options.interaction.resetWindow(reinserted.seenAt + gestures.windowMs);
    try {
      return await attempt(reinserted, plan, options);
    } catch (error) {
      const startsOver = wantsAnotherTap(current, error)
        ? taps++ < MOST_TAPS
        : isTooLate(error) && (await confirmsRepeat(current, gestures, options));
      if (startsOver) continue;
      await current.close();
      throw explainRefusal(error, gestures.touch);
    }
  }
}

/** @returns the session to the key once it is known to be reset. @throws what the key answered, as it is */
async function attempt({ session, others }: Reinserted, plan: ResetPlan, options: ResetOptions): Promise<Session> {
  const { identity, gestures } = plan;
  const hadPin = (await session.info()).options?.clientPin === true;
  const lookAgainOptions = { ...options, lookAgainMs: options.lookAgainMs ?? LOOK_AGAIN_MS };
  const lost = await sendReset(session, gestures.touch, options.signal);
  if (!lost) return verifyReset(session, { identity, others }, lookAgainOptions);
  await session.close();
  options.interaction.answerLost?.('looking');
  const found = await lookAgain(session.key, { identity, hadPin, others, cause: lost }, lookAgainOptions);
  options.interaction.answerLost?.('was-reset');
  return found;
}

/**
 * @returns why there was no answer, if the command went out and what became of it is not known
 * @throws {FidoError} the status that the key answered with, `key-removed` before it was confirmed, `interrupted`
 */
async function sendReset(
  session: Session,
  gesture: TouchGesture,
  signal: AbortSignal | undefined,
): Promise<FidoError | undefined> {
  if (signal?.aborted) throw ResetInterrupted.nothingErased();
  let waitsForTouch = false;
  const onKeepalive = (status: number) => {
    waitsForTouch = status === KEEPALIVE.upneeded;
  };
  try {
    await session.call(reset, {}, { touch: { reason: 'reset', hold: gesture === 'hold', gesture }, onKeepalive });
    return undefined;
  } catch (error) {
    if (!(error instanceof FidoError)) throw error;
    // An interruption has the key's own end as its cause, where it came to one.
    if (waitsForTouch && (isRemoval(error) || isRemoval(error.cause))) throw removedTooEarly(error);
    if (error.code === 'interrupted') throw ResetInterrupted.afterSending(error);
    // A status says that the key itself has answered: nothing is lost.
    if (error instanceof CtapStatusError || !isTransportFailure(error)) throw error;
    return error;
  }
}

function isRemoval(error: unknown): boolean {
  return error instanceof FidoError && error.code === 'key-removed';
}

function isTooLate(error: unknown): boolean {
  return hasStatus(error, ...TOO_LATE);
}

/** A card that wants to be tapped again says so by a status, since it cannot wait for it. */
function wantsAnotherTap({ key }: Session, error: unknown): boolean {
  return traitsOf(key).inReader && hasStatus(error, CTAP_STATUS.CTAP2_ERR_UP_REQUIRED);
}

/** @throws what the person's answer comes to, e.g. an interruption; `session` is closed then */
async function confirmsRepeat(
  session: Session,
  { windowMs }: ResetGestures,
  { interaction, signal }: ResetOptions,
): Promise<boolean> {
  if (signal?.aborted) return false;
  try {
    return await interaction.confirmRepeat(windowMs);
  } catch (error) {
    await session.close();
    throw error;
  }
}
