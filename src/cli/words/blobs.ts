/** `seckey blobs`. */
import { type LargeBlobEntry, type LargeBlobLoss, type LargeBlobOf, type LargeBlobUsage, toHex } from '../../index.ts';
import { escaped } from '../terminal/escape.ts';
import type { Complaint } from './complaint.ts';
import { plural } from './count.ts';

export function usageWords({ used, capacity }: LargeBlobUsage): string {
  return `${used} of ${capacity} bytes are used.`;
}

/** Hex digits: enough to tell a credential from all others, few enough for a line. */
const SHOWN_ID = 16;

/** The beginning of a credential ID, as every command takes it. */
export function shownId(credentialId: Uint8Array): string {
  return toHex(credentialId).slice(0, SHOWN_ID);
}

/** The credential of a blob, in one line. */
export function ownerWords({ credentialId, rpId }: LargeBlobOf): string {
  return rpId === undefined ? shownId(credentialId) : `${shownId(credentialId)} (${escaped(rpId)})`;
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
export const NEXT_COMPACT = 'No credential on this key opens the orphaned ones. Next: seckey blobs compact';

/** Cells of one line. */
export function entryRow({ state, credentialId, rpId = '', userName = '', size }: LargeBlobEntry): string[] {
  const bytes = size === undefined ? '' : plural(size, 'byte');
  if (!credentialId) return [state, bytes];
  return [shownId(credentialId), bytes, escaped(rpId), escaped(userName), state === 'damaged' ? state : ''];
}

export function written(length: number, file: string): string {
  return `Written: ${plural(length, 'byte')}, to ${escaped(file)}.`;
}

export const NO_TEXT: Complaint = {
  message: 'this blob is no plain text, and a terminal could do anything with it',
  hint: 'Write it to a file with -o FILE, or into a pipe; --json shows it in hex.',
};
export const ONE_STDIN: Complaint = {
  message: 'standard input cannot be both the PIN and the blob',
  hint: 'Give one of them as a file.',
};

export function stored(length: number, owner: LargeBlobOf): string {
  return `Stored ${plural(length, 'byte')} for ${ownerWords(owner)}.`;
}

export const DELETING = 'deleting a large blob cannot be undone';

export function deletingConsent(owner: LargeBlobOf): { what: string; lines: string[]; question: string } {
  return {
    what: DELETING,
    lines: [`This deletes the data of ${ownerWords(owner)}. It cannot be undone.`],
    question: 'Delete it?',
  };
}

export function deleted(owner: LargeBlobOf): string {
  return `The data of ${ownerWords(owner)} is deleted; the credential stays.`;
}

export const COMPACTING = 'dropping large blobs cannot be undone';

export function compactingConsent(loss: LargeBlobLoss): { what: string; lines: string[]; question: string } {
  return { what: COMPACTING, lines: lossLines(loss), question: 'Drop it?' };
}

function lossLines({ count, bytes, damaged }: LargeBlobLoss): string[] {
  if (damaged) return ['The large blobs are damaged. This replaces them by an empty list; it cannot be undone.'];
  const [subject, verb] = [plural(count, 'blob'), count === 1 ? 'takes' : 'take'];
  return [
    `No credential on this key opens ${subject}, which ${verb} ${plural(bytes, 'byte')}.`,
    `This drops ${count === 1 ? 'it' : 'them'} for good; the blobs of credentials on this key stay.`,
  ];
}

/** @param replaced damaged blobs made way for an empty list */
export function compacted(removed: number, replaced: boolean): string {
  if (removed > 0) return `Dropped: ${plural(removed, 'blob')}.`;
  return replaced ? 'The damaged blobs are replaced by an empty list.' : 'There is nothing to drop.';
}
