/**
 * Every failure that seckey's library reports on purpose is a {@link FidoError} with a code of this closed union.
 * Codes are stable: scripts see them as `error.code` in JSON. Anything else that is thrown is a bug.
 */
export type FidoErrorCode =
  // what was asked
  | 'usage'
  | 'invalid-input'
  | 'input-required'
  // which key
  | 'no-key'
  | 'several-keys'
  | 'wrong-key'
  | 'not-found'
  | 'ambiguous'
  | 'virtual-key-exists'
  | 'virtual-key-in-use'
  // reaching it
  | 'key-removed'
  | 'no-answer'
  | 'access-denied'
  | 'key-busy'
  | 'transport-failed'
  | 'malformed-response'
  | 'usb-unavailable'
  | 'nfc-unavailable'
  | 'pcscd-not-running'
  | 'pcscd-access-denied'
  // what it can do
  | 'unsupported'
  | 'too-large'
  // PIN and fingerprint
  | 'pin-invalid'
  | 'pin-auth-blocked'
  | 'pin-blocked'
  | 'pin-not-set'
  | 'pin-already-set'
  | 'pin-policy-violation'
  | 'pin-change-required'
  | 'pin-uncertain'
  | 'uv-invalid'
  | 'uv-blocked'
  // the person
  | 'touch-timeout'
  | 'person-timeout'
  | 'operation-denied'
  | 'declined'
  | 'interrupted'
  // the key said no
  | 'reset-too-late'
  | 'reset-uncertain'
  | 'state-lost'
  | 'refused';

/** What a failure may say besides its message. */
export interface FidoErrorOptions {
  /** What the person can do about it, one sentence. */
  hint?: string;
  cause?: unknown;
  /** A command went out and the key's answer never came: whether it was carried out is not known. */
  answerLost?: boolean;
}

/** A foreseeable failure, with a stable {@link FidoErrorCode}. Messages never contain secrets. */
export class FidoError extends Error {
  readonly code: FidoErrorCode;
  readonly hint?: string;
  /** Set where somebody gave up waiting, in person or by a limit, and the command may have been carried out all the same. */
  readonly answerLost?: true;

  constructor(code: FidoErrorCode, message: string, options: FidoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.answerLost) this.answerLost = true;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** The key answered with a CTAP status other than CTAP2_OK (CTAP 2.3 §8.2). */
export class CtapStatusError extends FidoError {
  /** The raw status byte. */
  readonly status: number;
  /** The specification's name of the status, or `0xNN` for an unknown one. */
  readonly statusName: string;

  constructor(
    code: FidoErrorCode,
    message: string,
    status: { status: number; statusName: string },
    options: FidoErrorOptions = {},
  ) {
    super(code, message, options);
    this.status = status.status;
    this.statusName = status.statusName;
  }
}

/** A PIN or built-in user verification was refused, or cannot be tried now. */
export class PinError extends CtapStatusError {
  /** Tries left as the key reported them afterwards; absent when it could not be asked. */
  readonly retries?: number;

  constructor(
    code: FidoErrorCode,
    message: string,
    status: { status: number; statusName: string; retries?: number },
    options: FidoErrorOptions = {},
  ) {
    super(code, message, status, options);
    if (status.retries !== undefined) this.retries = status.retries;
  }
}

export interface PinExchangeErrorOptions {
  hint?: string | undefined;
  /** In place of the cause's. */
  code?: FidoErrorCode;
}

/** An exchange that carried a PIN failed, and not because the key refused it. */
export class PinExchangeError extends FidoError {
  /** Tries left as the key reported them afterwards; absent when it could not be asked. */
  readonly retries?: number;

  constructor(
    cause: FidoError,
    message: string,
    retries: number | undefined,
    { hint, code = cause.code }: PinExchangeErrorOptions = {},
  ) {
    super(code, message, { ...(hint === undefined ? {} : { hint }), cause });
    if (retries !== undefined) this.retries = retries;
  }
}

/** A smart card answered with a status word other than 9000, 61xx or 9100 (ISO 7816-4). */
export class ApduError extends FidoError {
  /** SW1SW2, 16 bits. */
  readonly sw: number;

  constructor(sw: number, message: string, options: FidoErrorOptions = {}) {
    super('transport-failed', message, options);
    this.sw = sw;
  }
}

/** The CTAPHID ERROR frame (CTAP 2.3 §11.2.9.1.6); another list than the CTAP status codes. */
export class HidError extends FidoError {
  readonly hidError: number;

  constructor(code: FidoErrorCode, hidError: number, message: string, options: FidoErrorOptions = {}) {
    super(code, message, options);
    this.hidError = hidError;
  }
}

/** True for the failures after which the key may be gone or the answer lost: nothing is known of the last command. */
export function isTransportFailure(error: unknown): error is FidoError {
  return (
    error instanceof FidoError &&
    (error.answerLost === true ||
      error.code === 'key-removed' ||
      error.code === 'no-answer' ||
      error.code === 'transport-failed' ||
      error.code === 'key-busy' ||
      error.code === 'malformed-response')
  );
}
