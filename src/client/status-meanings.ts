/** What a CTAP status means for a person, where nothing more is known than the command (CTAP 2.3 §8.2). */
import type { CtapStatusName } from '../ctap2/status.ts';
import { type FidoErrorCode, HINTS_OF_CODES, REPLUG_AND_RETRY, type Situation } from '../errors.ts';

export interface StatusMeaning {
  code: FidoErrorCode;
  /** What happened and why. With the code `refused` it is the reason after "the key refused …:". */
  message: string;
  /** What to do, unless the code says it. */
  hint?: string;
  situation?: Situation;
}

const RETRY = { hint: REPLUG_AND_RETRY } as const;
const REPORT = { ...RETRY, situation: { id: 'request-not-understood' } } as const;
const WAIT = { hint: 'Wait until it is done, or remove the key and insert it again; then try again.' } as const;
const AUTHORISE = { hint: 'Run the command again, and give the PIN or the finger anew.' } as const;

function refused(message: string, advice: string | Pick<StatusMeaning, 'hint' | 'situation'>): StatusMeaning {
  return { code: 'refused', message, ...(typeof advice === 'string' ? { hint: advice } : advice) };
}

const UNKNOWN_FUNCTION = { code: 'unsupported', message: 'the key does not know this function' } as const;
const NOT_TOUCHED = {
  code: 'touch-timeout',
  message: 'the key was not touched in time',
  hint: HINTS_OF_CODES['touch-timeout'],
} as const;

/** A status without words does not compile. */
export const STATUS_MEANINGS = {
  CTAP1_ERR_INVALID_COMMAND: UNKNOWN_FUNCTION,
  CTAP1_ERR_INVALID_PARAMETER: refused('it does not take one of the values', {
    hint: 'Check what was given.',
    situation: { id: 'value-refused' },
  }),
  CTAP1_ERR_INVALID_LENGTH: refused('a value is too long for it', 'Give a shorter name, or a shorter list.'),
  CTAP1_ERR_INVALID_SEQ: refused('messages came in another order than it expects', RETRY),
  CTAP1_ERR_TIMEOUT: refused('it did not get the whole message in time', RETRY),
  CTAP1_ERR_CHANNEL_BUSY: {
    code: 'key-busy',
    message: 'another program is using the key',
    hint: HINTS_OF_CODES['key-busy'],
  },
  CTAP1_ERR_LOCK_REQUIRED: refused(
    'another program has locked it',
    'Wait ten seconds: then the lock has ended. Try again.',
  ),
  CTAP1_ERR_INVALID_CHANNEL: refused('it has lost the connection', RETRY),
  CTAP2_ERR_CBOR_UNEXPECTED_TYPE: refused('it does not understand the request', REPORT),
  CTAP2_ERR_INVALID_CBOR: refused('it cannot read the request', REPORT),
  CTAP2_ERR_MISSING_PARAMETER: refused('it misses a value in the request', REPORT),
  CTAP2_ERR_LIMIT_EXCEEDED: refused('this is over one of its limits', 'Give fewer or smaller items at once.'),
  CTAP2_ERR_UNSUPPORTED_EXTENSION: {
    code: 'unsupported',
    message: 'the key lacks an extension this needs',
  },
  CTAP2_ERR_FP_DATABASE_FULL: refused('it has no room for another finger', {
    hint: 'Delete one first.',
    situation: { id: 'fingerprints-full' },
  }),
  CTAP2_ERR_LARGE_BLOB_STORAGE_FULL: refused('it has no room for this data', {
    hint: 'Make room.',
    situation: { id: 'blobs-full' },
  }),
  CTAP2_ERR_CREDENTIAL_EXCLUDED: refused(
    'it is registered with this account already',
    'Sign in with this key, or register another one.',
  ),
  CTAP2_ERR_PROCESSING: refused('it is still working', WAIT),
  CTAP2_ERR_INVALID_CREDENTIAL: refused('the credential is not one of its own', {
    hint: 'Use the key that it was made on.',
    situation: { id: 'credential-of-other-key' },
  }),
  CTAP2_ERR_USER_ACTION_PENDING: refused('it waits for a touch that something else asked for', WAIT),
  CTAP2_ERR_OPERATION_PENDING: refused('it is busy with something else', WAIT),
  CTAP2_ERR_NO_OPERATIONS: refused('it has nothing under way that this could belong to', 'Run the command again.'),
  CTAP2_ERR_UNSUPPORTED_ALGORITHM: {
    code: 'unsupported',
    message: 'the key cannot make this type of key pair',
    hint: 'Ask for another type.',
    situation: { id: 'algorithm-unsupported' },
  },
  CTAP2_ERR_OPERATION_DENIED: {
    code: 'operation-denied',
    message: 'the key refused, or was not touched',
    hint: HINTS_OF_CODES['operation-denied'],
  },
  CTAP2_ERR_KEY_STORE_FULL: refused('it has no room left for this', {
    hint: 'Delete a passkey that is not needed any more.',
    situation: { id: 'key-full' },
  }),
  CTAP2_ERR_NOT_BUSY: refused('it has nothing under way', 'Run the command again.'),
  CTAP2_ERR_NO_OPERATION_PENDING: refused('it has nothing under way', 'Run the command again.'),
  CTAP2_ERR_UNSUPPORTED_OPTION: { code: 'unsupported', message: 'the key lacks an option this needs' },
  CTAP2_ERR_INVALID_OPTION: refused('it does not take this as it is set up now', {
    hint: 'See what is set up on it.',
    situation: { id: 'state-refuses' },
  }),
  CTAP2_ERR_KEEPALIVE_CANCEL: refused('it was told to stop', HINTS_OF_CODES.interrupted),
  CTAP2_ERR_NO_CREDENTIALS: {
    code: 'not-found',
    message: 'the key has no such passkey',
    hint: 'See what is on the key.',
    situation: { id: 'credential-unknown' },
  },
  CTAP2_ERR_USER_ACTION_TIMEOUT: NOT_TOUCHED,
  CTAP2_ERR_NOT_ALLOWED: refused('it does not allow this now', RETRY),
  CTAP2_ERR_PIN_INVALID: {
    code: 'pin-invalid',
    message: 'wrong PIN',
  },
  CTAP2_ERR_PIN_BLOCKED: {
    code: 'pin-blocked',
    message: 'the PIN is blocked for good',
  },
  CTAP2_ERR_PIN_AUTH_INVALID: refused('the PIN or finger that was given for it does not count any more', AUTHORISE),
  CTAP2_ERR_PIN_AUTH_BLOCKED: {
    code: 'pin-auth-blocked',
    message: 'too many wrong PINs in a row; the key takes no more until it is removed and inserted again',
    hint: HINTS_OF_CODES['pin-auth-blocked'],
  },
  CTAP2_ERR_PIN_NOT_SET: {
    code: 'pin-not-set',
    message: 'this key has no PIN yet',
  },
  CTAP2_ERR_PUAT_REQUIRED: refused('it wants the PIN or a fingerprint first', {
    hint: 'Run the command again and give the PIN.',
    situation: { id: 'pin-wanted' },
  }),
  CTAP2_ERR_PIN_POLICY_VIOLATION: {
    code: 'pin-policy-violation',
    message: "the PIN does not meet the key's rules",
  },
  CTAP2_ERR_PIN_TOKEN_EXPIRED: refused('the PIN or finger was given too long ago', AUTHORISE),
  CTAP2_ERR_REQUEST_TOO_LARGE: {
    code: 'too-large',
    message: 'this is too much at once for the key',
    hint: HINTS_OF_CODES['too-large'],
  },
  CTAP2_ERR_ACTION_TIMEOUT: NOT_TOUCHED,
  CTAP2_ERR_UP_REQUIRED: {
    code: 'touch-timeout',
    message: 'the key wants to be touched',
    hint: 'On a reader: lift the key, put it back, and try again.',
  },
  CTAP2_ERR_UV_BLOCKED: {
    code: 'uv-blocked',
    message: 'too many fingerprints were not recognised; the sensor is blocked',
    hint: HINTS_OF_CODES['uv-blocked'],
  },
  CTAP2_ERR_INTEGRITY_FAILURE: refused(
    'the data was damaged on the way',
    'Run the command again, so that it is written once more.',
  ),
  CTAP2_ERR_INVALID_SUBCOMMAND: UNKNOWN_FUNCTION,
  CTAP2_ERR_UV_INVALID: {
    code: 'uv-invalid',
    message: 'the fingerprint was not recognised',
    hint: HINTS_OF_CODES['uv-invalid'],
  },
  CTAP2_ERR_UNAUTHORIZED_PERMISSION: refused(
    'it does not grant the right to do this',
    'Run the command again with the PIN: what a finger may not, the PIN often may.',
  ),
  CTAP1_ERR_OTHER: refused('it does not say why', RETRY),
} as const satisfies Record<Exclude<CtapStatusName, 'CTAP2_OK'>, StatusMeaning>;

/** For a number that the specification does not name. */
export const UNKNOWN_STATUS: StatusMeaning = refused(
  'it answers with a number that the standard does not name',
  'Look the number up at the maker of the key, or try again after removing and inserting it.',
);
