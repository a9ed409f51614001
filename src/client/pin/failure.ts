/** An exchange that carried the PIN has failed: what that means for the tries, as the key itself tells afterwards. */
import { pinHash } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { equalBytes, wipe } from '../../encoding/bytes.ts';
import { type Advice, adviceOf, type CtapStatusError, FidoError, PinError, PinExchangeError } from '../../errors.ts';
import { agreeOnKey, type KeyAgreement } from '../key-agreement.ts';
import { hasStatus, type Session } from '../session.ts';
import { within } from '../waiting.ts';
import { noteRightPin, noteWrongPin } from './blocked.ts';
import {
  type CurrentPin,
  type PinTries,
  pinBlocked,
  REPLUG_THEN_RIGHT_PIN,
  readPinRetries,
  THREE_WRONG,
  triesLeft,
  withTriesLeft,
} from './tries.ts';

/** How long a key is looked for that did not answer; it is only for a number in a message. */
const REOPEN_LIMIT_MS = 5_000;

/** What the tries were afterwards; nothing where the key could not be asked any more. */
export interface TriesAfter {
  tries?: PinTries | undefined;
  /** Whether one was lost. */
  spent?: boolean | undefined;
}

/** Explains what an exchange failed with that carried a PIN, when the key had `before` tries. */
export type Explain = (session: Session, error: unknown, before: PinTries) => Promise<unknown>;

/**
 * getKeyAgreement, then `send` with the encrypted hash of the PIN. Two exchanges; another one or two after a failure, to
 * read the tries.
 * @throws what `explain` makes of a failure of `send`
 */
export async function exchangeWithPin<T>(
  session: Session,
  { pin, before }: CurrentPin,
  send: (agreement: KeyAgreement, pinHashEnc: Uint8Array) => Promise<T>,
  explain: Explain = explainPinFailure,
): Promise<T> {
  const agreement = await agreeOnKey(session);
  const hash = pinHash(pin);
  try {
    const result = await send(agreement, agreement.protocol.encrypt(agreement.sharedSecret, hash));
    noteRightPin(session);
    return result;
  } catch (error) {
    throw await explain(session, error, before);
  } finally {
    wipe(hash);
    agreement.wipe();
  }
}

/** Statuses that a key only gives to who has named the right PIN, or before it has looked at it. */
const NOT_ABOUT_TRIES = [
  S.CTAP2_ERR_PIN_POLICY_VIOLATION,
  S.CTAP2_ERR_UNAUTHORIZED_PERMISSION,
  S.CTAP2_ERR_PIN_NOT_SET,
];

/**
 * A refused PIN, or a failure that leaves open what became of it, with the tries left. Errors that are no FidoError,
 * interruptions, and the statuses of {@link NOT_ABOUT_TRIES} are returned as they are.
 */
export async function explainPinFailure(session: Session, error: unknown, before: PinTries): Promise<unknown> {
  if (!(error instanceof FidoError) || error.code === 'interrupted') return error;
  if (hasStatus(error, ...NOT_ABOUT_TRIES)) return error;
  const after = await triesAfter(session, before);
  if (hasStatus(error, S.CTAP2_ERR_PIN_INVALID, S.CTAP2_ERR_PIN_BLOCKED, S.CTAP2_ERR_PIN_AUTH_BLOCKED)) {
    return refused(session, error, before, after);
  }
  return new PinExchangeError(error, `${error.message}; ${outcome(after)}`, after.tries?.retries, {
    ...adviceAfter(error, after),
  });
}

/** Reads the tries again, in a fresh exchange, and on the key opened anew where that fails. Never throws. */
export async function triesAfter(session: Session, before: PinTries): Promise<TriesAfter> {
  const tries = await onKeyAsItIs(session, readPinRetries);
  return tries ? { tries, spent: tries.retries < before.retries } : {};
}

/**
 * What `read` reads from the key after an exchange has failed: in the same session, else in a new one. undefined where it
 * cannot be read, or the key that is there now is another one.
 */
export async function onKeyAsItIs<T>(session: Session, read: (session: Session) => Promise<T>): Promise<T | undefined> {
  try {
    return await read(session);
  } catch {
    return within(REOPEN_LIMIT_MS, readFromReopened(session, read)).catch(() => undefined);
  }
}

async function readFromReopened<T>(session: Session, read: (session: Session) => Promise<T>): Promise<T | undefined> {
  const reopened = await session.reopen();
  try {
    const { aaguid } = await reopened.info();
    return session.aaguid && equalBytes(aaguid, session.aaguid) ? await read(reopened) : undefined;
  } finally {
    await reopened.close();
  }
}

function refused(session: Session, error: CtapStatusError, before: PinTries, { tries, spent }: TriesAfter): PinError {
  const { status, statusName } = error;
  const left = tries?.retries;
  if (left === 0 || (status === S.CTAP2_ERR_PIN_BLOCKED && !tries)) return pinBlocked(error);
  const blocked = status === S.CTAP2_ERR_PIN_AUTH_BLOCKED || tries?.powerCycleNeeded === true;
  if (spent !== false || blocked) noteWrongPin(session, left, blocked);
  const pinError = (code: PinError['code'], message: string, advice: Advice) =>
    new PinError(
      code,
      message,
      { status, statusName, ...(left === undefined ? {} : { retries: left }) },
      { ...advice, cause: error },
    );
  const advice = left === undefined ? LOOK_FIRST : undefined;
  if (blocked) {
    return pinError('pin-auth-blocked', blockedMessage(before, { tries, spent }), advice ?? REPLUG_THEN_RIGHT_PIN);
  }
  if (status === S.CTAP2_ERR_PIN_BLOCKED) {
    return pinError('pin-blocked', withTriesLeft('the key says that the PIN is blocked', left), LOOK_FIRST);
  }
  return pinError(
    'pin-invalid',
    spent === false ? `the key refused the PIN; ${outcome({ tries, spent })}` : withTriesLeft('wrong PIN', left),
    advice ?? { hint: 'Run the command again with the right PIN.' },
  );
}

/** The third wrong one in a row, or one that came although the key wanted a power cycle first. */
function blockedMessage({ powerCycleNeeded }: PinTries, after: TriesAfter): string {
  const { tries, spent } = after;
  if (powerCycleNeeded && spent) {
    return `the key refused the PIN: it is wrong, or the key was not removed and inserted again since three wrong ones; ${outcome(after)}`;
  }
  return spent === false ? `${THREE_WRONG}; ${outcome(after)}` : withTriesLeft(THREE_WRONG, tries?.retries);
}

/** Whether a try was spent, for the second half of a sentence. */
export function outcome({ tries, spent }: TriesAfter): string {
  if (!tries) return 'whether a PIN try was spent is not known';
  return `${spent ? 'a' : 'no'} PIN try was spent, ${triesLeft(tries.retries)}`;
}

export const LOOK_FIRST = {
  hint: 'Before the next try, look how many are left.',
  situation: { id: 'pin-tries-unknown' },
} as const satisfies Advice;

function adviceAfter(error: FidoError, { tries, spent }: TriesAfter): Advice {
  if (!tries) return LOOK_FIRST;
  if (!spent) return adviceOf(error);
  return { hint: `Make sure of the PIN before the next try: ${triesLeft(tries.retries)}.` };
}
