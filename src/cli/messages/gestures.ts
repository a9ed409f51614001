/** What a person is told to do with their hands, for each gesture the library knows. */
import type { reset, TouchPrompt } from '../../index.ts';

export const REMOVAL_WORDS = {
  unplug: 'Remove the key from its USB port now',
  lift: 'Take the key off the reader now',
  pull: 'Pull the card out of the reader now',
  'pull-or-lift': 'Take the card out of the reader, or off it, now',
  disconnect: 'Disconnect the key now',
} as const satisfies Record<reset.RemovalGesture, string>;

export const INSERTION_WORDS = {
  plug: 'Insert it again now',
  lay: 'Put it back on the reader now, and leave it there',
  push: 'Push it into the reader again now, and leave it there',
  'push-or-lay': 'Put it back now the same way, and leave it there',
  connect: 'Connect it again now',
} as const satisfies Record<reset.InsertionGesture, string>;

/** The first request, and every further one: some keys want two touches, and none says so before. */
const TOUCH_WORDS = {
  touch: ['Touch the key now', 'Touch it again'],
  'touch-metal-contact': ['Touch the metal contact when it flashes', 'Touch the metal contact again'],
  'touch-fingerprint-sensor': ['Touch the blinking fingerprint sensor', 'It blinks again: touch the sensor again'],
  hold: ['Press and hold the key for 5 seconds', 'Press and hold it for 5 seconds again'],
  'touch-on-reader': ['Touch the key where it lies on the reader', 'Touch it again where it lies'],
} as const satisfies Record<reset.TouchGesture, readonly [string, string]>;

export function touchWords({ gesture, hold, count = 1, reason }: TouchPrompt): string {
  // Outside of a reset nobody has asked what sort of key it is, and a second request is another matter.
  const [first, again] = TOUCH_WORDS[gesture ?? (hold ? 'hold' : 'touch')];
  return reason === 'reset' && count > 1 ? again : first;
}
