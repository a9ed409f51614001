/** Every failure becomes words, a hint, an exit code and a JSON shape here, and only here. */
// Not from the public index: help and usage errors must not wait for the whole library to load.
import { CtapStatusError, FidoError, type FidoErrorCode, PinError, PinExchangeError } from '../errors.ts';
import { addressedHint } from './addressing.ts';
import { EXIT, EXIT_OF } from './exit-codes.ts';
import { bug, HINTS, LAST_TRY_NEXT } from './messages/errors.ts';
import { ownHint } from './messages/situations.ts';

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
  const retries = error instanceof PinError || error instanceof PinExchangeError ? error.retries : undefined;
  return {
    code: error.code,
    message: error.message,
    hint: addressedHint(error, hintOf(error)),
    exit: EXIT_OF[error.code],
    ...(retries === undefined ? {} : { retries }),
    ...(status === undefined ? {} : { status }),
  };
}

/** Which try it was, the library knows; that the next one asks first, or needs an option, is the command line's doing. */
function hintOf(error: FidoError): string {
  const isLastNext = error instanceof PinError && error.code === 'pin-invalid' && error.retries === 1;
  return isLastNext ? LAST_TRY_NEXT : (ownHint(error) ?? HINTS[error.code]);
}

/**
 * The status that the key answered with, to the command that failed. What a {@link PinError} is may only follow from the
 * counters: then nothing was answered, and its cause is missing.
 */
function statusNameOf(error: unknown): string | undefined {
  if (error instanceof CtapStatusError && !(error instanceof PinError)) return error.statusName;
  return error instanceof FidoError && error.cause ? statusNameOf(error.cause) : undefined;
}
