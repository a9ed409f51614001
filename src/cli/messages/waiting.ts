/** What is waited for, and what came of it. */
import type { DiscoveredKey, reset, TouchPrompt, WrongKeyReason } from '../../index.ts';
import { type TransportTraits, traitsOf } from '../../transport/index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { INSERTION_WORDS, REMOVAL_WORDS, touchWords } from './gestures.ts';
import { triesLeft } from './pin-input.ts';

export const PROCESSING = 'The key is working. Leave it where it is.';
export const KEY_IS_BACK = 'The key is back; sending the reset.';
export const SENSOR_BLOCKED = 'The fingerprint sensor is blocked after too many tries; the right PIN unblocks it.';
export const LOOKING_WHETHER_RESET =
  'The connection was lost before the key answered. Looking whether it was reset; put it back if it is out.';
export const WAS_RESET = 'The answer was lost, but the key WAS reset: it had a PIN, and has none now.';
export const TRY_AGAIN = 'Try again?';

export const LAST_TRY =
  'Only one PIN try is left. A wrong PIN now blocks the key: then only a reset helps, and a reset erases everything on it.';
export const SURE_OF_PIN = 'Are you sure of the PIN?';
export const LAST_TRY_UNASKED: FailureText = {
  message: 'one PIN try is left, and nobody can be asked whether to spend it',
  hint: 'No try was spent. If you are sure of the PIN, run the command again with --yes.',
};

export const WANTS_REPLUG =
  'After three wrong PINs in a row, the key wants to be removed and inserted again. Some keys go on saying so afterwards.';
export const WAS_REPLUGGED = 'Was it removed and inserted again since the last wrong PIN?';

/** @param seconds how long keys usually wait */
export function touch(prompt: TouchPrompt, seconds: number): string {
  return `${touchWords(prompt)}. ${waitsMore(seconds)}`;
}

/** No seconds: how long the key has to be touched is up to the key, and some take a touch later than anybody expects. */
export function touchToReset(prompt: TouchPrompt): string {
  return `${touchWords(prompt)} to confirm the reset. Ctrl-C cancels.`;
}

/** @param enter whether Enter is heard, and uses the PIN */
export function finger(retries: number | undefined, enter: boolean, seconds: number): string {
  return `Put an enrolled finger on the sensor${triesLeft(retries)}. ${enter ? 'Enter: use the PIN. ' : ''}${seconds} s`;
}
export const NO_FINGER_CAME = 'No finger was put on the sensor in time.';
export const NO_FINGER_UNASKED: FailureText = {
  message: 'no finger was put on the sensor in time, and nobody can be asked for the PIN',
  hint: 'Put an enrolled finger on the sensor while the command waits, or give the PIN with --pin-file PATH.',
};

export function notRecognised(retries: number | undefined): string {
  return `The key did not recognise you${triesLeft(retries)}.`;
}

export function removal({ name }: DiscoveredKey, gesture: reset.RemovalGesture, seconds: number): string {
  return `${REMOVAL_WORDS[gesture]} (${escaped(name)}): ${seconds} s`;
}

export function insertion(gesture: reset.InsertionGesture, seconds: number): string {
  return `${INSERTION_WORDS[gesture]}: ${seconds} s`;
}

export function wrongKey(found: DiscoveredKey, reason: WrongKeyReason, wanted: DiscoveredKey): string {
  const name = escaped(found.name);
  const { again, back } = CONNECTION_WORDS[traitsOf(wanted).reconnect];
  if (reason !== 'other-transport') return `That is another key (${name}). It is left alone; ${again}.`;
  const { where } = CONNECTION_WORDS[traitsOf(found).reconnect];
  return `There is a key ${where} now (${name}). That does not count: ${back}.`;
}

/** Where a key is, and how the one that is waited for comes back: the very one, and to the place where it was. */
const CONNECTION_WORDS = {
  replug: {
    where: 'in a USB port',
    again: 'insert the one that was removed',
    back: 'insert the key into a USB port',
  },
  reposition: {
    where: 'on a reader',
    again: 'put back the one that was taken away',
    back: 'put the key back on its reader',
  },
  reconnect: {
    where: 'connected in another way',
    again: 'connect the one that was disconnected',
    back: 'connect the key as it was before',
  },
} as const satisfies Record<TransportTraits['reconnect'], object>;

export function tooLateForReset(windowMs: number): string {
  return `Too late: the key takes a reset only within ${windowMs / 1000} seconds after it is inserted. Nothing was erased.`;
}

export const READING_PASSKEYS = 'Reading passkeys from the key';

/** `count` of `total` passkeys, if the total is known. */
export function readingPasskeys(count: number, total: number | undefined): string {
  return `${READING_PASSKEYS}: ${count}${total === undefined ? '' : ` of ${total}`}`;
}

function waitsMore(seconds: number): string {
  return `It waits about ${seconds} s more.`;
}

export function consentUnasked(what: string): FailureText {
  return {
    message: `${what}, and nobody can be asked whether that is meant`,
    hint: 'If it is, run the command again with --yes.',
  };
}

export const DECLINED: FailureText = {
  message: 'nothing was changed, because the answer was no',
  hint: 'Run the command again and answer yes if it is meant.',
};
