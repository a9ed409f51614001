/** Every failure becomes words, a hint, an exit code and a JSON shape here, and only here. */
// Not from the public index: help and usage errors must not wait for the whole library to load.
import { CtapStatusError, FidoError, type FidoErrorCode, PinError } from '../errors.ts';
import { EXIT, EXIT_OF } from './exit-codes.ts';
import { bug, HINTS } from './words/errors.ts';

export { EXIT };

/** The `error` member of a failure's JSON document. */
export interface ErrorDocument {
  code: FidoErrorCode | 'bug';
  message: string;
  hint: string;
  exit: number;
  retries?: number;
  status?: string;
}

export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof FidoError)) {
    return {
      code: 'bug',
      ...bug(error),
      exit: EXIT.bug,
    };
  }
  const status = statusNameOf(error);
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? HINTS[error.code],
    exit: EXIT_OF[error.code],
    ...(error instanceof PinError && error.retries !== undefined ? { retries: error.retries } : {}),
    ...(status === undefined ? {} : { status }),
  };
}

/** The status that a failure or its cause came from. */
function statusNameOf(error: unknown): string | undefined {
  if (error instanceof CtapStatusError) return error.statusName;
  return error instanceof FidoError && error.cause ? statusNameOf(error.cause) : undefined;
}
