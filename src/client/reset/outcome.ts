/** What became of a reset, read from the key: never "done" when it is not, and no riddle where it can be asked. */

import { FidoError } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { placeOf } from '../../transport/key-place.ts';
import { Session } from '../session.ts';
import { pause } from '../waiting.ts';
import { ResetInterrupted } from './failures.ts';
import { type KeyFinder, News } from './replug.ts';
import { identityOf, isSameKeyApartFromReset, type KeyIdentity, onTransportOf } from './same-key.ts';

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
      hint: 'Next: seckey pin set',
    });
  }
  throw new FidoError('reset-uncertain', 'the key said the reset is done, but could not be read afterwards', {
    hint: 'Insert the key again and look: seckey pin status',
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
      hint: lost.hadPin
        ? 'Insert the key again and look whether it still has its PIN: seckey pin status. If it has, run the reset again.'
        : 'It had no PIN before, so its state does not tell. To be sure, run the reset again.',
      cause: lost.cause,
    },
  );
}

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
      const candidates = onTransportOf(key, (await finder.list()).keys).filter((each) => !others.has(placeOf(each)));
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
