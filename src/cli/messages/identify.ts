/** Which key is which. What a key shows is up to the key: not all have a light, and none tells. */
import type { KeyDescription } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';

function name({ id, model, name }: KeyDescription): string {
  return `${escaped(model ?? name ?? id)} (${escaped(id)})`;
}

export function winked(key: KeyDescription): string {
  return `Watch your keys: ${name(key)} was told to blink.`;
}

export function waits(key: KeyDescription, seconds: number): string {
  return `Watch your keys: for ${seconds} seconds ${name(key)} waits for a touch, and most keys blink then. It need not be touched.`;
}

export const WAS_TOUCHED = 'It was touched.';

export function takesNoPart(key: KeyDescription, why: string): string {
  return `${name(key)} takes no part: ${escaped(why)}.`;
}

export const COUNTS_AS_TOUCHED = 'on a reader, a key counts as touched';

export function touchOneOf(count: number, seconds: number): string {
  return `Touch ${count === 1 ? 'the key' : `one of the ${count} keys`} now: ${seconds} s`;
}

export const NONE_TOUCHED: FailureText = {
  message: 'no key was touched in time',
  hint: '--timeout SECONDS gives you longer.',
};

export const NOBODY_TAKES_PART: FailureText = {
  message: 'no key here can be told by a touch',
  hint: 'Which keys are there, and on which readers: seckey list',
};

/** The key that was touched. */
export function identified({ id, model, name, serial }: KeyDescription): string {
  return `${escaped(id)}  ${escaped([model ?? name, serial && `serial ${serial}`].filter(Boolean).join(', '))}`;
}
