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

/**
 * What a failure has come to, where the next step is one that each program offers in its own way: a command, a button, a
 * page of a menu. `seckey` has its words for them in `cli/messages/situations.ts`.
 */
export type Situation =
  | { id: PlainSituation }
  /** @param name of the software key whose file cannot be read */
  | { id: 'software-key-damaged'; name: string }
  /** Another interface was asked of a software key than the one it has. */
  | { id: 'interface-missing'; present: 'usb' | 'nfc' }
  /** No key at all; `failures` are of the transports that could not be looked at. */
  | { id: 'no-key-found'; failures: readonly FidoError[] };

/** Situations about which there is nothing more to know. */
export type PlainSituation =
  // reaching a key
  | 'transport-unavailable'
  | 'transport-trouble'
  | 'access-refused'
  | 'card-in-use'
  | 'smart-card-service-missing'
  | 'smart-card-service-silent'
  | 'time-ran-out'
  // what it can do
  | 'function-missing'
  | 'extension-missing'
  | 'algorithm-unsupported'
  | 'touch-not-awaited'
  // what it makes of a request
  | 'request-not-understood'
  | 'value-refused'
  | 'state-refuses'
  | 'pin-wanted'
  // PIN
  | 'pin-tries-unknown'
  | 'power-cycle-needed'
  | 'pin-rules-impossible'
  | 'pin-not-shown'
  | 'pin-set-uncertain'
  | 'new-pin-unchecked'
  | 'either-pin-valid'
  | 'either-pin-valid-tries-unknown'
  // settings
  | 'setting-missing'
  | 'setting-not-shown'
  | 'pin-length-only-grows'
  | 'pin-length-refused'
  | 'rp-id-empty'
  // credentials
  | 'credential-unknown'
  | 'credential-id-unknown'
  | 'credential-ambiguous'
  | 'credential-of-other-key'
  | 'deletion-not-shown'
  | 'user-names-not-shown'
  | 'key-full'
  // fingerprints
  | 'fingerprint-unknown'
  | 'fingerprint-ambiguous'
  | 'fingerprint-perhaps-unnamed'
  | 'fingerprint-name-not-shown'
  | 'fingerprint-change-not-shown'
  | 'enrolment-uncertain'
  | 'fingerprints-full'
  // large blobs
  | 'no-blobs'
  | 'blob-missing'
  | 'blob-damaged'
  | 'blobs-uncertain'
  | 'blobs-full'
  | 'blob-owners-unknown'
  | 'too-many-blobs'
  | 'rp-id-shortened'
  // reset
  | 'reset-done'
  | 'erasure-uncertain'
  | 'erasure-told-by-pin'
  // software keys
  | 'software-key-unknown'
  | 'model-without-nfc'
  | 'model-without-usb';

/** What there is to do about a failure. */
export interface Advice {
  /** What a person does about it by hand and eye, in whole sentences that are true in any program. */
  hint?: string | undefined;
  /** Whose next step each program says in its own words, often as the end of `hint`. */
  situation?: Situation | undefined;
}

/** The advice of a failure, to be passed on by one that explains it. */
export function adviceOf({ hint, situation }: Advice): Advice {
  return { ...(hint === undefined ? {} : { hint }), ...(situation === undefined ? {} : { situation }) };
}

const TOUCH = 'Run the command again and touch the key when it blinks.';

/** Hints that follow from the code alone and are true in any program. */
export const HINTS_OF_CODES = {
  'key-busy': 'Close the other program, or wait until it is done, then try again.',
  'too-large': 'Give less: shorter names, less data, or fewer at once.',
  'pin-auth-blocked': 'Remove the key, insert it again, then try once more with the right PIN.',
  'uv-invalid': 'Try again with an enrolled, clean, dry finger.',
  'uv-blocked': 'Use the PIN; the right one unblocks the sensor.',
  'touch-timeout': TOUCH,
  'operation-denied': TOUCH,
  interrupted: 'Run the command again if it is meant after all.',
  'reset-too-late': 'Run the command again; the key must be inserted when it asks for it, not before.',
} as const satisfies Partial<Record<FidoErrorCode, string>>;

/** The hint where nothing better is known than that the key may work once it is powered anew. */
export const REPLUG_AND_RETRY = 'Remove the key, insert it again, and run the command again.';

/** What a failure may say besides its message. */
export interface FidoErrorOptions extends Advice {
  cause?: unknown;
  /** A command went out and the key's answer never came: whether it was carried out is not known. */
  answerLost?: boolean;
}

/** A foreseeable failure, with a stable {@link FidoErrorCode}. Messages never contain secrets. */
export class FidoError extends Error {
  readonly code: FidoErrorCode;
  /** {@link Advice.hint} */
  readonly hint?: string;
  /** {@link Advice.situation} */
  readonly situation?: Situation;
  /** Set where somebody gave up waiting, in person or by a limit, and the command may have been carried out all the same. */
  readonly answerLost?: true;

  constructor(code: FidoErrorCode, message: string, options: FidoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.answerLost) this.answerLost = true;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.situation !== undefined) this.situation = options.situation;
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

export interface PinExchangeErrorOptions extends Advice {
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
    { code = cause.code, ...advice }: PinExchangeErrorOptions = {},
  ) {
    super(code, message, { ...advice, cause });
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
