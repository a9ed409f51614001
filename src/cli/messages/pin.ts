/** `seckey pin`. */
import type { pin } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { reason } from './files.ts';

/** Facts for stdout, and the next step if there is one. */
export function statusLines(status: pin.PinStatus): { lines: string[]; next?: string } {
  const fingerprints = status.uvRetries === undefined ? [] : [`Fingerprint tries left: ${status.uvRetries}.`];
  if (!status.supported) return { lines: ['PIN: this key cannot have one.', ...fingerprints] };
  if (status.set) return { lines: [...setPinLines(status), ...fingerprints] };
  return { lines: ['PIN: not set.', lengthLine(status), ...fingerprints], next: 'Next: seckey pin set' };
}

function setPinLines(status: pin.PinStatus): string[] {
  const blocked = status.retries === 0 ? ' The PIN is blocked for good; only a reset helps.' : '';
  return [
    'PIN: set.',
    `Tries left: ${status.retries}.${blocked}`,
    ...(status.powerCycleNeeded ? ['Blocked until the key is removed and inserted again.'] : []),
    lengthLine(status),
    ...(status.forceChange ? ['The PIN must be changed before it can be used: seckey pin change'] : []),
  ];
}

function lengthLine({ minLength, maxLength }: pin.PinStatus): string {
  return `Length: ${minLength} to ${maxLength} characters.`;
}

export const SET = 'The PIN is set.';
export const CHANGED = 'The PIN is changed. The old one no longer works.';
export const RIGHT = 'The PIN is right.';
export const SHOWN_ONCE = 'The new PIN, shown this once only, before the key gets it:';
export const NOT_SET = 'The PIN shown above was not set.';

export function inFile(path: string): string {
  return `The new PIN is in ${path}; only you can read it.`;
}

export function fileRemoved(path: string): string {
  return `The new PIN was not set; ${path} is removed again.`;
}

export const PIN_TO_NOBODY: FailureText = {
  message: 'the new PIN would reach nobody, since standard output is thrown away; nothing was sent to the key',
  hint: 'Run it in a terminal, or have the PIN written to a file: --new-pin-out FILE',
};

export function pinNotDelivered(error: unknown): FailureText {
  return {
    message: `the new PIN could not be written to standard output (${reason(error)}); nothing was sent to the key`,
    hint: 'Run it in a terminal, or have the PIN written to a file: --new-pin-out FILE',
  };
}
export const CHANGE_INSTEAD = 'This key already has a PIN. Change it instead?';
export const SET_INSTEAD = 'This key has no PIN yet. Set one now?';

export const NEXT_CHANGE = 'The PIN must be changed before it is used again. Next: seckey pin change';
export const CHANGE_FORCED = 'The PIN must be changed before the key is used again.';
export const NEXT_FOR_OWNER = 'Next, for whoever gets the key: seckey pin change';

export const RAISING = 'only a reset lowers the shortest PIN again';
export const GO_ON = 'Go on?';

export function raisingLines(newMinPINLength: number): string[] {
  return [
    `The shortest PIN becomes ${newMinPINLength} characters. Only a reset lowers it again,`,
    'and a reset erases everything on the key.',
    'A PIN that is shorter must be changed before the key is used again.',
  ];
}

export function shortest(minPINLength: number): string {
  return `The shortest PIN is ${minPINLength} characters.`;
}
