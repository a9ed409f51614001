/** `seckey reset`, of one key and of many. */
import type { KeyDescription } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { plural } from '../terminal/text.ts';

export const OPTIONS_OF_EACH: FailureText = {
  message: '--journal and --count go with --each',
  hint: 'See seckey reset --help.',
};
export const DONE = 'The key is reset: all its passkeys (credentials), its PIN and its settings are gone.';
export const NEXT_PIN = 'Next: seckey pin set';

export function otherName(given: string, names: readonly string[]): FailureText {
  return {
    message: `--confirm ${given} does not name the key that is there; nothing was erased`,
    hint: `It is ${names.map((name) => `"${name}"`).join(' or ')}.`,
  };
}

export function consentUnasked(expected: string): FailureText {
  return {
    message: 'a reset erases everything on the key, and nobody can be asked whether that is meant',
    hint: `Name the key with --confirm ${expected}`,
  };
}

export function whatIsErased({ model, name }: KeyDescription, expected: string): string {
  return `This erases everything on ${escaped(model ?? name ?? 'the key')} (${escaped(expected)}): every passkey (credential), also those of old sites, the PIN, fingerprints and settings. It cannot be undone; accounts with no other way to sign in are lost.`;
}

/** No serial number is known to tell it from its twin. */
export const NO_SERIAL =
  'seckey knows no serial number of it: another one of its kind in the same state could be taken for it. Have only this one at hand.';

/** Of an interruption. */
export const NOTHING_ERASED = 'nothing was erased';

export function typeName(expected: string): string {
  return `Type ${escaped(expected)} to erase it:`;
}

export function notItsName(expected: string): FailureText {
  return {
    message: 'that is not its name; nothing was erased',
    hint: `Run the command again and type ${expected} if this key is meant.`,
  };
}

export const EACH_TAKES_MANY: FailureText = {
  message: '--confirm names one key, and --each takes many',
  hint: 'Leave out --confirm. Each name is asked for; --yes skips that.',
};
export const EACH_CHOOSES_NONE: FailureText = {
  message: '--each takes every key that is inserted, so --key cannot choose one',
  hint: 'Leave out --key. Software keys are named: --key virtual:a,virtual:b',
};
export const EACH_UNASKED: FailureText = {
  message: 'nobody can be asked whether each key is meant to be erased',
  hint: 'If every key that is inserted is, run the command again with --yes.',
};

/** @param seconds left, if the wait has an end */
export function nextKey(seconds?: number): string {
  return `Insert the next key, or put it on the reader${seconds === undefined ? '' : `: ${seconds} s`}. Ctrl-C ends it.`;
}

export function noneCame(seconds: number, taken: number): FailureText {
  return {
    message: `no ${taken === 0 ? '' : 'other '}key was inserted within ${plural(seconds, 'second')}`,
    hint: 'Run the command again. --timeout SECONDS gives you longer. If a key is there: seckey doctor',
  };
}

export const TAKE_IT_OUT = 'Reset. It can be taken out.';

export function turn(number: number, { id, serial, model, name }: KeyDescription): string {
  const label = [model ?? name ?? 'unknown key', serial ? `serial ${serial}` : id].join(', ');
  return `Key ${number}: ${escaped(label)}`;
}

export function notReset(message: string): string {
  return `Not reset: ${escaped(message)}`;
}

export function total(reset: number, failed: number): string {
  return `${plural(reset, 'key')} reset${failed > 0 ? `, ${failed} not` : ''}.`;
}
