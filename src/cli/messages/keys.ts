/** Keys in a list, in a choice, and when they are looked for. */
import type { FidoError, KeyDescription, Transport } from '../../index.ts';
import { type ReaderLimit, traitsOf } from '../../transport/index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { failed } from './errors.ts';

export const WHICH_KEY = 'Which key?';

/** A line of the choice. */
export function choice({ id, model, name, serial, error }: KeyDescription): string {
  const details = [serial && `serial ${serial}`, error && 'cannot be opened'].filter(Boolean).join(', ');
  return `${escaped(model ?? name ?? id)}${details ? ` (${escaped(details)})` : ''}  ${escaped(id)}`;
}

export const NONE_FOUND = 'No security key found. Plug one in, or put it on a reader.';
export const NO_KEY: FailureText = {
  message: 'no security key found',
  hint: 'Plug one in, or put it on a reader.',
};
export const WATCHING = 'Watching for keys. Ctrl-C ends it.';

/** Of a transport that was asked for alone. */
export function allFailed({ message, hint }: FailureText): string[] {
  return [failed(escaped(message)), escaped(hint)];
}

export function notLookedAt({ message, hint }: FidoError): string {
  return `Not everything could be looked at: ${escaped(message)}.${hint ? ` ${escaped(hint)}` : ''}`;
}

/** Said where there may be more readers than were looked at. */
export function onlySomeReaders({ library, maxReaders }: ReaderLimit): string {
  return `Readers are reached through ${library}, which sees ${maxReaders} at most: others are not looked at. seckey doctor tells more.`;
}

/** What a key is, for the line that begins with its id. */
export function title({ model, name }: KeyDescription): string {
  return escaped(model ?? name ?? 'unknown key');
}

/** Where a key is, if nothing more is known; a transport that is not seckey's goes by its own name. */
export function transportWord(transport: Transport): string {
  return TRANSPORT_WORDS.get(transport) ?? transport;
}

const TRANSPORT_WORDS = new Map<Transport, string>([
  ['usb', 'USB'],
  ['nfc', 'reader'],
]);

/** Where it is and what else tells it from others. */
export function facts({ transport, model, name, serial, path, reader }: KeyDescription): string {
  const word = transportWord(transport);
  const place = traitsOf({ transport }).inReader ? `${word} ${reader ?? ''}` : `${word}${path ? ` ${path}` : ''}`;
  return escaped(
    [serial && `serial ${serial}`, model && name && name !== reader && name, place].filter(Boolean).join(' · '),
  );
}

export function cannotBeUsed(error: FidoError): string {
  return `cannot be used: ${escaped(error.message)}`;
}

/** Of one key that is shown alone, under its title. */
export function allNames({ id, model, name, serial, path }: KeyDescription): string {
  return escaped([id, serial && `serial ${serial}`, model && name, path].filter(Boolean).join(' · '));
}

export const TAKES_NO_KEY: FailureText = {
  message: 'doctor looks for all keys, and takes no --key',
  hint: 'Leave it out; --transport usb or nfc is possible.',
};

export function found(problems: number): string {
  if (problems === 0) return 'Found no problem.';
  return `Found ${problems === 1 ? 'a problem' : `${problems} problems`}.`;
}
