/** What became of a reset: never "done" when it is not, and no riddle where the key itself can be asked. */

import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type Advice, adviceOf, CtapStatusError, FidoError, type FidoErrorCode } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { hasStatus, Session } from '../session.ts';
import { pause } from '../waiting.ts';
import { ResetInterrupted } from './interruption.ts';
import { type KeyFinder, News, ofTransport, placeOf } from './replug.ts';
import { identityOf, isSameKeyApartFromReset, type KeyIdentity } from './same-key.ts';

/** The failure that a status of authenticatorReset stands for, with the next step. Others are answered as they are. */
export function explainResetStatus(error: unknown, gesture: string): unknown {
  const explained = (code: FidoErrorCode, message: string, hint: string) =>
    new FidoError(code, message, { hint, cause: error });
  if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT, CTAP_STATUS.CTAP2_ERR_ACTION_TIMEOUT)) {
    return explained(
      'touch-timeout',
      'the key was not touched in time; nothing was erased',
      gesture === 'hold'
        ? 'Run the command again, and press the key for a full 5 seconds as soon as it blinks.'
        : 'Run the command again and touch the key as soon as it blinks.',
    );
  }
  if (error instanceof FidoError && error.code === 'touch-timeout' && !(error instanceof CtapStatusError)) {
    // The key was told to stop, and has said that it did.
    return new FidoError('touch-timeout', `${error.message}; nothing was erased`, { ...adviceOf(error), cause: error });
  }
  if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_UP_REQUIRED)) {
    return explained(
      'touch-timeout',
      'the key did not count being laid down as a touch; nothing was erased',
      'Run the command again: lift the key, lay it down again, and leave it there.',
    );
  }
  if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED)) {
    return explained(
      'operation-denied',
      'the key refused the reset; nothing was erased',
      'It was not confirmed on the key, or this key does not allow it over this transport. Try again, or the other way of connecting it.',
    );
  }
  if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL)) {
    return explained(
      'operation-denied',
      'the reset was cancelled on the key; nothing was erased',
      'Run the command again if it was not meant.',
    );
  }
  if (hasStatus(error, CTAP_STATUS.CTAP1_ERR_INVALID_COMMAND)) {
    return explained(
      'unsupported',
      'this key cannot be reset by this command; nothing was erased',
      "Look for its maker's own way of resetting it.",
    );
  }
  return error;
}

/** Removed while it still waited for its touch: it had no leave to erase anything. */
export function removedTooEarly(cause: FidoError): FidoError {
  return new FidoError('key-removed', 'the key was removed before it was confirmed; nothing was erased', {
    hint: 'Run the command again, and leave the key in until it says that it is reset.',
    cause,
  });
}

/** What is known of a key when it has said that its reset is done. */
export interface SaidDone {
  identity: KeyIdentity;
  /** Places of the keys that are others. */
  others: ReadonlySet<string>;
}

/**
 * Done is what the key says is done: after a reset no PIN is set. One that cannot be read on this connection is found and
 * opened again.
 * @returns the session to the key. @throws {FidoError} `reset-uncertain`, `interrupted`
 */
export async function verifyReset(session: Session, known: SaidDone, options: LookAgainOptions): Promise<Session> {
  session.forgetInfo();
  let found: Session | 'has-pin' | undefined;
  let cause: unknown;
  try {
    // Some applets deselect themselves by their reset, and then answer to nothing else.
    await session.device.reselect?.();
    found = (await session.info()).options?.clientPin ? 'has-pin' : session;
  } catch (error) {
    if (!(error instanceof FidoError)) throw error;
    cause = error;
    await session.close();
    if (error.code !== 'interrupted') found = await findAfterwards(session.key, known, options);
  }
  if (found instanceof Session) return found;
  if (found === 'has-pin') {
    throw new FidoError('reset-uncertain', 'the key said the reset is done, yet it still has a PIN', {
      hint: 'Do not rely on it: run the reset again, and if this stays, the key is faulty.',
    });
  }
  if (options.signal?.aborted) {
    throw new ResetInterrupted('the key had said already that the reset is done, so it is erased', {
      hint: 'It has no PIN any more.',
      situation: { id: 'reset-done' },
    });
  }
  throw new FidoError('reset-uncertain', 'the key said the reset is done, but could not be read afterwards', {
    hint: 'Insert the key again and look.',
    situation: { id: 'erasure-uncertain' },
    cause,
  });
}

export interface LostAnswer extends SaidDone {
  /** Whether a PIN was set right before: only then its absence proves something. */
  hadPin: boolean;
  /** Why there was no answer. */
  cause: FidoError;
}

export interface LookAgainOptions {
  finder: KeyFinder;
  openSession(key: DiscoveredKey): Promise<Session>;
  vendorSerial(session: Session): Promise<string | undefined>;
  /** How long the key is looked for. */
  lookAgainMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * The answer to the reset was lost, so the key is found again and its own state read.
 * @returns its session, if it is reset. @throws {FidoError} the cause's code if it is not, `reset-uncertain`
 */
export async function lookAgain(key: DiscoveredKey, lost: LostAnswer, options: LookAgainOptions): Promise<Session> {
  const found = await findAfterwards(key, lost, options);
  if (found === 'has-pin') {
    throw new FidoError(
      lost.cause.code,
      `the connection was lost (${lost.cause.message}); the key still has its PIN, so it was not reset`,
      { hint: 'Nothing was erased. Run the command again.', cause: lost.cause },
    );
  }
  if (found !== undefined && lost.hadPin) return found;
  await found?.close();
  throw new FidoError(
    'reset-uncertain',
    `the connection was lost while the key was resetting (${lost.cause.message}); whether it was erased is not known`,
    {
      ...(lost.hadPin
        ? PIN_TELLS
        : { hint: 'It had no PIN before, so its state does not tell. To be sure, run the reset again.' }),
      cause: lost.cause,
    },
  );
}

const PIN_TELLS = {
  hint: 'Insert the key again and look whether it still has its PIN. If it has, run the reset again.',
  situation: { id: 'erasure-told-by-pin' },
} as const satisfies Advice;

/** The key without PIN; `has-pin` if it has one until the end of the time; undefined if it does not come back. */
async function findAfterwards(
  key: DiscoveredKey,
  { identity, others }: SaidDone,
  options: LookAgainOptions,
): Promise<Session | 'has-pin' | undefined> {
  const { finder, lookAgainMs, signal } = options;
  const deadline = Date.now() + lookAgainMs;
  const news = new News(finder);
  let last: 'has-pin' | undefined;
  try {
    for (;;) {
      const changed = news.next();
      const candidates = ofTransport((await finder.list()).keys, key).filter((each) => !others.has(placeOf(each)));
      // Two of them could be mistaken for each other, and what one says would be taken for the other's state.
      const read =
        candidates.length === 1 ? await readState(candidates[0] as DiscoveredKey, identity, options) : undefined;
      if (read !== undefined && read !== 'has-pin') return read;
      last = read ?? last;
      if (Date.now() >= deadline || signal?.aborted) return last;
      // A key may still be busy with erasing, so what it says first is not the last word.
      await Promise.race([changed, pause(Math.min(250, deadline - Date.now()), signal)]);
      await pause(Math.min(50, lookAgainMs), signal);
    }
  } finally {
    news.stop();
  }
}

async function readState(
  key: DiscoveredKey,
  identity: KeyIdentity,
  options: LookAgainOptions,
): Promise<Session | 'has-pin' | undefined> {
  let session: Session | undefined;
  try {
    session = await options.openSession(key);
    const isSame = isSameKeyApartFromReset(await identityOf(session, options.vendorSerial), identity);
    const hasPin = (await session.info()).options?.clientPin === true;
    if (isSame && !hasPin) return session;
    await session.close();
    return isSame ? 'has-pin' : undefined;
  } catch (error) {
    await session?.close();
    if (!(error instanceof FidoError)) throw error;
    // Busy, or on its way in or out: the next look may tell more.
    return undefined;
  }
}
