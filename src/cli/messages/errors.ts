/** What to do about a failure that does not say so itself; the place that failed often knows more, and then says it. */
// Not from the public index: help and usage errors must not wait for the whole library to load.
import { type FidoErrorCode, HINTS_OF_CODES, REPLUG_AND_RETRY } from '../../errors.ts';
import type { FailureText } from '../failure.ts';

const DOCTOR = 'Find out why: seckey doctor';

/** A code without words does not compile. */
export const HINTS = {
  ...HINTS_OF_CODES,
  usage: 'See seckey --help.',
  'invalid-input': 'Correct what was given, and run the command again.',
  'input-required': 'Give it as an option (see --help), or run the command in a terminal without --no-input.',
  'no-key': 'Plug a key in, or put it on a reader; see which are there: seckey list',
  'several-keys': 'Name one with --key, e.g. by the id that "seckey list" shows.',
  'wrong-key': 'Insert the key that was removed, or see which are there: seckey list',
  'not-found': 'List what is on the key, and name one of those.',
  ambiguous: 'Give more of it, so that only one matches.',
  'virtual-key-exists': 'Choose another name, or see which there are: seckey virtual list',
  'virtual-key-in-use': 'End the other seckey that uses it, then try again.',
  'key-removed': 'Insert the key again, leave it in, and run the command again.',
  'no-answer': `${REPLUG_AND_RETRY} If that does not help: seckey doctor`,
  'access-denied': DOCTOR,
  'transport-failed': `${REPLUG_AND_RETRY} If that does not help: seckey doctor`,
  'malformed-response': `${REPLUG_AND_RETRY} If it happens again, record it with --trace FILE and report it.`,
  'usb-unavailable': DOCTOR,
  'nfc-unavailable': DOCTOR,
  'pcscd-not-running': DOCTOR,
  'pcscd-access-denied': DOCTOR,
  unsupported: 'Use a key that can do it. What this one can do: seckey info',
  'pin-invalid': 'Run the command again with the right PIN. Tries left: seckey pin status',
  'pin-blocked': 'Only a reset helps, and it erases everything on the key: seckey reset',
  'pin-not-set': 'Set one first: seckey pin set',
  'pin-already-set': 'To replace it by another one: seckey pin change',
  'pin-policy-violation': 'Choose a longer PIN that is less simple. How long it must be: seckey pin status',
  'pin-change-required': 'Change it first: seckey pin change',
  'pin-uncertain': 'Look whether the key has a PIN, and how many tries are left: seckey pin status',
  'person-timeout': 'Run the command again. --timeout SECONDS gives you longer.',
  declined: HINTS_OF_CODES.interrupted,
  'reset-uncertain': 'Look whether the key has a PIN: seckey pin status',
  'state-lost': 'Run the command again.',
  refused: `${REPLUG_AND_RETRY} What this key can do: seckey info`,
} as const satisfies Record<FidoErrorCode, string>;

/** After a wrong PIN that has left one try. */
export const LAST_TRY_NEXT =
  'The next wrong PIN blocks the key, and then only a reset helps. Where nobody can be asked, that last try needs --yes.';

/** What is no foreseen failure. */
export function bug(error: unknown): FailureText {
  return {
    message: `this is a bug in seckey: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'Please report it. SECKEY_DEBUG=1 shows where it happened.',
  };
}

/** After Ctrl-C, of a command that did not stop in time. */
export const OUTCOME_UNKNOWN = 'the command did not stop in time; look at what it has done to the key before you go on';

export const DID_NOT_END = 'seckey did not end by itself';

/** @param message of the failure; that it was interrupted is all that most of them know */
export function interrupted(message: string): string {
  return `Interrupted${message === 'interrupted' ? '' : `: ${message}`}.`;
}

export function failed(message: string): string {
  return `seckey: ${message}`;
}
