import { CTAP_STATUS as S, statusName } from '../ctap2/status.ts';
import { CtapStatusError, type FidoErrorCode } from '../errors.ts';

interface Meaning {
  code: FidoErrorCode;
  message: string;
  hint?: string;
}

/** What a status means where nothing more is known than the command; flows that know more say more. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  [S.CTAP1_ERR_INVALID_COMMAND]: { code: 'unsupported', message: 'the key does not know this function' },
  [S.CTAP2_ERR_INVALID_SUBCOMMAND]: { code: 'unsupported', message: 'the key does not know this function' },
  [S.CTAP2_ERR_UNSUPPORTED_OPTION]: { code: 'unsupported', message: 'the key lacks an option this needs' },
  [S.CTAP2_ERR_UNSUPPORTED_EXTENSION]: { code: 'unsupported', message: 'the key lacks an extension this needs' },
  [S.CTAP2_ERR_UNSUPPORTED_ALGORITHM]: { code: 'unsupported', message: 'the key cannot make this type of key pair' },
  [S.CTAP1_ERR_CHANNEL_BUSY]: {
    code: 'key-busy',
    message: 'another program is using the key',
    hint: 'Close it, or wait until it is done, then try again.',
  },
  [S.CTAP2_ERR_OPERATION_DENIED]: { code: 'operation-denied', message: 'the key refused, or was not touched' },
  [S.CTAP2_ERR_USER_ACTION_TIMEOUT]: {
    code: 'touch-timeout',
    message: 'the key was not touched in time',
    hint: 'Run the command again and touch the key when it blinks.',
  },
  [S.CTAP2_ERR_ACTION_TIMEOUT]: {
    code: 'touch-timeout',
    message: 'the key was not touched in time',
    hint: 'Run the command again and touch the key when it blinks.',
  },
  [S.CTAP2_ERR_UP_REQUIRED]: {
    code: 'touch-timeout',
    message: 'the key wants to be touched',
    hint: 'On a reader: lift the key, put it back, and try again.',
  },
  [S.CTAP2_ERR_PIN_INVALID]: { code: 'pin-invalid', message: 'wrong PIN' },
  [S.CTAP2_ERR_PIN_BLOCKED]: {
    code: 'pin-blocked',
    message: 'the PIN is blocked for good',
    hint: 'Only a reset helps, and it erases everything on the key: seckey reset',
  },
  [S.CTAP2_ERR_PIN_AUTH_BLOCKED]: {
    code: 'pin-auth-blocked',
    message: 'too many wrong PINs in a row; the key takes no more until it is removed and inserted again',
    hint: 'Remove the key, insert it again, then try once more with the right PIN.',
  },
  [S.CTAP2_ERR_PIN_NOT_SET]: {
    code: 'pin-not-set',
    message: 'this key has no PIN yet',
    hint: 'Set one first: seckey pin set',
  },
  [S.CTAP2_ERR_PIN_POLICY_VIOLATION]: {
    code: 'pin-policy-violation',
    message: "the PIN does not meet the key's rules",
  },
  [S.CTAP2_ERR_UV_BLOCKED]: {
    code: 'uv-blocked',
    message: 'too many fingerprints were not recognised; the sensor is blocked',
    hint: 'Use the PIN; the right one unblocks the sensor.',
  },
  [S.CTAP2_ERR_UV_INVALID]: { code: 'uv-invalid', message: 'the fingerprint was not recognised' },
  [S.CTAP2_ERR_NO_CREDENTIALS]: { code: 'not-found', message: 'the key has no such credential' },
  [S.CTAP2_ERR_REQUEST_TOO_LARGE]: { code: 'too-large', message: 'this is too much at once for the key' },
};

/** The failure for `status`, the key's answer to `command`. */
export function statusError(status: number, command: string): CtapStatusError {
  const name = statusName(status);
  const meaning = MEANINGS[status];
  const { code, message, hint }: Meaning = meaning ?? {
    code: 'refused',
    message: `the key refused ${command}: ${name}`,
  };
  return new CtapStatusError(code, message, { status, statusName: name }, hint === undefined ? {} : { hint });
}
