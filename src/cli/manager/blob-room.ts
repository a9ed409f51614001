/** The large blobs of a key as a whole; those of one credential are found with its passkey. */
import { BLOB_WORDS as WORDS } from '../words/manager.ts';
import type { KeyVisit } from './key-visit.ts';
import { enter } from './room.ts';

export function enterBlobs(visit: KeyVisit): Promise<void> {
  const command = (label: string, ...words: string[]) => ({
    label,
    argv: visit.argv(...words),
    run: () => visit.run(words),
  });
  return enter(visit, async () => ({
    title: WORDS.title,
    entries: [command(WORDS.list, 'blobs', 'list'), command(WORDS.compact, 'blobs', 'compact')],
  }));
}
