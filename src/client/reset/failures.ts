/** What a reset that failed or was interrupted came to. Whoever asked for it wants to know one thing: is the key erased? */

import { CTAP_STATUS } from '../../ctap2/status.ts';
import { CtapStatusError, FidoError, type FidoErrorCode, type FidoErrorOptions } from '../../errors.ts';
import { hasStatus } from '../session.ts';
import type { TouchGesture } from './gestures.ts';

/** Some keys say PIN_AUTH_BLOCKED where the specification says NOT_ALLOWED. */
export const TOO_LATE: readonly number[] = [CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED];

interface Refusal {
  statuses: readonly number[];
  code: FidoErrorCode;
  message: string;
  /** The next step. */
  hint: string;
}

/** Statuses of authenticatorReset by which a key says that it did not carry it out (CTAP 2.3 §6.6). */
const REFUSALS: readonly Refusal[] = [
  {
    statuses: TOO_LATE,
    code: 'reset-too-late',
    message: 'the reset came too late after the key was inserted; nothing was erased',
    hint: 'Run the command again; the key must be inserted when it asks for it, not before.',
  },
  {
    statuses: [CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT, CTAP_STATUS.CTAP2_ERR_ACTION_TIMEOUT],
    code: 'touch-timeout',
    message: 'the key was not touched in time; nothing was erased',
    hint: 'Run the command again and touch the key as soon as it blinks.',
  },
  {
    statuses: [CTAP_STATUS.CTAP2_ERR_UP_REQUIRED],
    code: 'touch-timeout',
    message: 'the key did not count being laid down as a touch; nothing was erased',
    hint: 'Run the command again: lift the key, lay it down again, and leave it there.',
  },
  {
    statuses: [CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED],
    code: 'operation-denied',
    message: 'the key refused the reset; nothing was erased',
    hint: 'It was not confirmed on the key, or this key does not allow it over this transport. Try again, or the other way of connecting it.',
  },
  {
    statuses: [CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL],
    code: 'operation-denied',
    message: 'the reset was cancelled on the key; nothing was erased',
    hint: 'Run the command again if it was not meant.',
  },
  {
    statuses: [CTAP_STATUS.CTAP1_ERR_INVALID_COMMAND],
    code: 'unsupported',
    message: 'this key cannot be reset by this command; nothing was erased',
    hint: "Look for its maker's own way of resetting it.",
  },
];

const HOLD_IT = 'Run the command again, and press the key for a full 5 seconds as soon as it blinks.';

/** The failure of a reset that was not carried out, with the next step. Others are answered as they are. */
export function explainRefusal(error: unknown, gesture: TouchGesture): unknown {
  if (!(error instanceof CtapStatusError)) return explainTouchTimeout(error);
  const refusal = REFUSALS.find(({ statuses }) => hasStatus(error, ...statuses));
  if (!refusal) return error;
  const { code, message, hint } = refusal;
  const isHeldTooShort = gesture === 'hold' && refusal.statuses.includes(CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT);
  return new FidoError(code, message, { hint: isHeldTooShort ? HOLD_IT : hint, cause: error });
}

/** The key was told to stop because nobody came, and has said that it did. */
function explainTouchTimeout(error: unknown): unknown {
  if (!(error instanceof FidoError) || error.code !== 'touch-timeout') return error;
  const { code, message, hint = '' } = error;
  return new FidoError(code, `${message}; nothing was erased`, { hint, cause: error });
}

/** Removed while it still waited for its touch: it had no leave to erase anything. */
export function removedTooEarly(cause: FidoError): FidoError {
  return new FidoError('key-removed', 'the key was removed before it was confirmed; nothing was erased', {
    hint: 'Run the command again, and leave the key in until it says that it is reset.',
    cause,
  });
}

/** Its message says what is known of the key. */
export class ResetInterrupted extends FidoError {
  constructor(message: string, options: FidoErrorOptions = {}) {
    super('interrupted', message, options);
  }

  /** The command was not sent, or the key has said that it did not carry it out. */
  static nothingErased(cause?: unknown): ResetInterrupted {
    return new ResetInterrupted('nothing was erased', { cause });
  }

  /** Whoever interrupts wants an end at once, so a key that gave no answer is not looked for. @param error of the command */
  static afterSending(error: FidoError): ResetInterrupted {
    if (!error.answerLost) return ResetInterrupted.nothingErased(error);
    return new ResetInterrupted('the key did not say what became of the reset; whether it was erased is not known', {
      answerLost: true,
      hint: 'Remove it without touching it, then look whether it still has its PIN: seckey pin status',
      cause: error,
    });
  }
}

/** `error`, as what it is where Ctrl-C was pressed: an interruption that says what is known of the key. */
export function explainInterruption(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof ResetInterrupted || !(error instanceof FidoError)) return error;
  // Once the command is out, interruptions are explained where it was sent.
  if (error.code === 'interrupted') return ResetInterrupted.nothingErased(error);
  if (!signal?.aborted) return error;
  const { message, hint, answerLost } = error;
  return new ResetInterrupted(message, {
    ...(hint === undefined ? {} : { hint }),
    ...(answerLost === undefined ? {} : { answerLost }),
    cause: error,
  });
}
