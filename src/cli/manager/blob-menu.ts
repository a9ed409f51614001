/** The large blobs of a key as a whole; those of one credential are found with its passkey. */
import { BLOB_WORDS as WORDS } from '../messages/manager.ts';
import type { KeySession } from './key-session.ts';
import { enter } from './menu-page.ts';

export function enterBlobs(keySession: KeySession): Promise<void> {
  const command = (label: string, ...words: string[]) => ({
    label,
    argv: keySession.argv(...words),
    run: () => keySession.run(words),
  });
  return enter(keySession, async () => ({
    title: WORDS.title,
    entries: [command(WORDS.list, 'blobs', 'list'), command(WORDS.compact, 'blobs', 'compact')],
  }));
}
