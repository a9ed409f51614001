/** The answer to setPIN or changePIN was lost: which PIN the key may have now, and how to find out. */
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type Advice, adviceOf, CtapStatusError, FidoError, PinExchangeError } from '../../errors.ts';
import type { Session } from '../session.ts';
import { explainPinFailure, LOOK_FIRST, onKeyAsItIs, outcome, triesAfter } from './failure.ts';
import { type PinTries, triesLeft } from './tries.ts';

/** After setPIN. A key's refusal passes unchanged; else its own state tells whether it has a PIN now. Spends no try. */
export async function explainSetFailure(session: Session, error: unknown): Promise<unknown> {
  if (!(error instanceof FidoError) || isRefusal(error) || error.code === 'interrupted') return error;
  const hasPin = await onKeyAsItIs(session, async (again) => {
    again.forgetInfo();
    return (await again.info()).options?.clientPin === true;
  });
  if (hasPin === false) {
    return new FidoError(error.code, `${error.message}; the key still has no PIN`, {
      ...adviceOf(error),
      cause: error,
    });
  }
  return new FidoError(
    'pin-uncertain',
    hasPin
      ? `the key has a PIN now, but the answer to setting it was lost (${error.message})`
      : `the answer of the key was lost (${error.message}); whether it has the new PIN is not known`,
    {
      ...(hasPin ? CHECK_NEW_PIN : LOOK_FOR_NEW_PIN),
      cause: error,
    },
  );
}

/** After changePIN, as {@link explainPinFailure}; where either PIN may be valid, `pin-uncertain`. */
export async function explainChangeFailure(session: Session, error: unknown, before: PinTries): Promise<unknown> {
  if (!(error instanceof FidoError) || isRefusal(error) || error.code === 'interrupted') {
    return explainPinFailure(session, error, before);
  }
  const after = await triesAfter(session, before);
  const { tries, spent } = after;
  // A key gives the tries back before it takes the new PIN (CTAP 2.3 §6.5.5.6), so with one less it still has the old one.
  if (spent && tries) {
    return new PinExchangeError(
      error,
      `${error.message}; the PIN was not changed, and ${outcome(after)}`,
      tries.retries,
      { hint: `Make sure of the current PIN before the next try: ${triesLeft(tries.retries)}.` },
    );
  }
  // Of the two the new one is the likelier: the whole command was on its way, and it takes a key no time.
  return new PinExchangeError(
    error,
    `the answer of the key was lost (${error.message}); either the old or the new PIN may be valid now`,
    tries?.retries,
    { code: 'pin-uncertain', ...(tries ? EITHER_PIN : EITHER_PIN_AND_TRIES_UNKNOWN) },
  );
}

const CHECK_NEW_PIN = {
  hint: 'It is most likely the new one. Check it.',
  situation: { id: 'new-pin-unchecked' },
} as const satisfies Advice;

const LOOK_FOR_NEW_PIN = {
  hint: 'Keep the new PIN, and look whether the key has one. If it has, check it.',
  situation: { id: 'pin-set-uncertain' },
} as const satisfies Advice;

const IF_WRONG = 'If it is wrong, which costs a try, the old one is still valid.';
const EITHER_PIN = {
  hint: `Check the new PIN first. ${IF_WRONG}`,
  situation: { id: 'either-pin-valid' },
} as const satisfies Advice;
const EITHER_PIN_AND_TRIES_UNKNOWN = {
  hint: `${LOOK_FIRST.hint} Then check the new PIN. ${IF_WRONG}`,
  situation: { id: 'either-pin-valid-tries-unknown' },
} as const satisfies Advice;

/** A status that says that nothing was done. Those without a meaning may come after the PIN was stored. */
function isRefusal(error: FidoError): boolean {
  return (
    error instanceof CtapStatusError &&
    error.status < CTAP_STATUS.CTAP1_ERR_OTHER &&
    error.status !== CTAP_STATUS.CTAP2_ERR_PROCESSING
  );
}
