/** What a reset that was interrupted came to. Whoever pressed Ctrl-C wants to know one thing: is the key erased? */
import { adviceOf, FidoError, type FidoErrorOptions } from '../../errors.ts';

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
      hint: 'Remove it without touching it, then look whether it still has its PIN.',
      situation: { id: 'erasure-uncertain' },
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
  const { message, answerLost } = error;
  return new ResetInterrupted(message, {
    ...adviceOf(error),
    ...(answerLost === undefined ? {} : { answerLost }),
    cause: error,
  });
}
