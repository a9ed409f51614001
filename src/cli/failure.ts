/** A failure of the command line itself, in the words of `messages/`. */
import { FidoError, type FidoErrorCode } from '../errors.ts';

/** What a failure says: what happened and why, and what to do. Values stand in it as they are; whoever prints it escapes. */
export interface FailureText {
  /** No capital and no full stop: it follows `seckey: `. */
  message: string;
  /** Whole sentences, or a command. */
  hint: string;
}

export function failure(code: FidoErrorCode, { message, hint }: FailureText, cause?: unknown): FidoError {
  return new FidoError(code, message, { hint, ...(cause === undefined ? {} : { cause }) });
}
