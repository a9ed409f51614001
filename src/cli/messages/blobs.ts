/** `seckey blobs`. */
import type { largeBlobs } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { plural } from '../terminal/text.ts';

export function usageWords({ used, capacity }: largeBlobs.LargeBlobUsage): string {
  return `${used} of ${capacity} bytes are used.`;
}

/** The credential of a blob, in one line. */
export function ownerWords({ shortId, rpId }: Pick<largeBlobs.LargeBlobOf, 'shortId' | 'rpId'>): string {
  return rpId === undefined ? shortId : `${shortId} (${escaped(rpId)})`;
}

/** `data` as text, if a terminal shows it as it is and obeys nothing in it; line feeds and tabs are harmless. */
export function printable(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    const withoutLayout = text.replace(/[\n\t]/g, '');
    return escaped(withoutLayout) === withoutLayout ? text : undefined;
  } catch {
    return undefined;
  }
}

export const DAMAGED = 'The large blobs are damaged: nothing in them can be read. The next writing replaces them.';
export const NONE = 'There are no large blobs on this key.';
/** @param asked it took asking the key to know that */
export function nextCompact(asked: boolean): string {
  return `No credential on this key opens the orphaned ones. Next: seckey blobs compact${asked ? ' --find-owners' : ''}`;
}

/** Cells of one line. */
export function entryRow({ state, shortId, rpId = '', userName = '', size }: largeBlobs.LargeBlobEntry): string[] {
  const bytes = size === undefined ? '' : plural(size, 'byte');
  if (shortId === undefined) return [state, bytes];
  return [shortId, bytes, escaped(rpId), escaped(userName), state === 'damaged' ? state : ''];
}

/** This key lists no large-blob keys, so nobody knows yet whose these blobs are. */
export function ownersUnknown({ entries, credentials }: largeBlobs.UnknownOwners): string {
  const unknown = `The key does not say which ${credentials === 1 ? 'passkey' : 'passkeys'} ${plural(entries, 'blob')} ${entries === 1 ? 'belongs' : 'belong'} to.`;
  if (credentials === 0) return `${unknown} It holds no passkeys now.`;
  return `${unknown} Finding out takes a touch for each: ${plural(credentials, 'passkey')}.`;
}

export const FIND_OWNERS = 'Find out now?';
export const NEXT_FIND_OWNERS =
  'The key does not say which passkeys the unknown ones belong to; they may be in use. To find out, with a touch for each passkey: seckey blobs list --find-owners';

export function askingOwner(owner: largeBlobs.LargeBlobOf, at: number, total: number): string {
  const which = total === 1 ? '' : `${at} of ${total}: `;
  return `${which}Asking the key for the large-blob key of ${ownerWords(owner)}. It may want a touch.`;
}

/** What asking did not find out, and why. */
export function stillUnknown(unknown: number, notAsked: readonly largeBlobs.LargeBlobOf[]): string {
  const what =
    unknown === 1 ? 'The owner of 1 blob is still unknown.' : `The owners of ${unknown} blobs are still unknown.`;
  if (notAsked.length === 0) return what;
  const few = notAsked.slice(0, SHOWN_LINES).map(ownerWords);
  const more = notAsked.length - few.length;
  return `${what} The key could not be asked for ${few.join(', ')}${more > 0 ? ` and ${more} more` : ''}. If it keeps only a part of a site's ID, give the whole with --rp-id.`;
}

export const UNKNOWN_STAYS = 'What may be in use stays on the key.';

export function backedUp(file: string, { entries, damaged }: largeBlobs.LargeBlobLoss): string {
  const what = damaged ? 'The damaged blobs are' : entries.length === 1 ? 'The blob is' : 'The blobs are';
  return `${what} saved in ${escaped(file)}, sealed as on the key.`;
}

/** A hostile key could name thousands. */
const SHOWN_LINES = 50;

export function written(length: number, file: string): string {
  return `Written: ${plural(length, 'byte')}, to ${escaped(file)}.`;
}

export const NO_TEXT: FailureText = {
  message: 'this blob is no plain text, and a terminal could do anything with it',
  hint: 'Write it to a file with -o FILE, or into a pipe; --json shows it in hex.',
};
export const ONE_STDIN: FailureText = {
  message: 'standard input cannot be both the PIN and the blob',
  hint: 'Give one of them as a file.',
};

export function stored(length: number, owner: largeBlobs.LargeBlobOf): string {
  return `Stored ${plural(length, 'byte')} for ${ownerWords(owner)}.`;
}

export const DELETING = 'deleting a large blob cannot be undone';

export function deletingConsent({ entries }: largeBlobs.LargeBlobLoss): {
  what: string;
  lines: string[];
  question: string;
} {
  return {
    what: DELETING,
    lines: entries.map((entry) => `This deletes ${lostWords(entry)}. It cannot be undone.`),
    question: 'Delete it?',
  };
}

function lostWords({ size, shortId, rpId }: largeBlobs.LostLargeBlob): string {
  const bytes = size === undefined ? 'data' : plural(size, 'byte');
  return shortId === undefined ? `${bytes}, of no passkey on this key` : `${bytes} of ${ownerWords({ shortId, rpId })}`;
}

export function deleted(owner: largeBlobs.LargeBlobOf): string {
  return `The data of ${ownerWords(owner)} is deleted; the credential stays.`;
}

export const COMPACTING = 'dropping large blobs cannot be undone';

export function compactingConsent(loss: largeBlobs.LargeBlobLoss): { what: string; lines: string[]; question: string } {
  return { what: COMPACTING, lines: lossLines(loss), question: 'Drop it?' };
}

function lossLines({ entries, damaged }: largeBlobs.LargeBlobLoss): string[] {
  if (damaged) return ['The large blobs are damaged. This replaces them by an empty list; it cannot be undone.'];
  const more = entries.length - SHOWN_LINES;
  return [
    `This drops ${plural(entries.length, 'blob')} for good:`,
    ...entries.slice(0, SHOWN_LINES).map((entry) => `  ${lostWords(entry)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    'The blobs of passkeys on this key stay.',
  ];
}

/** @param replaced damaged blobs made way for an empty list */
export function compacted(removed: number, replaced: boolean): string {
  if (removed > 0) return `Dropped: ${plural(removed, 'blob')}.`;
  return replaced ? 'The damaged blobs are replaced by an empty list.' : 'There is nothing to drop.';
}
