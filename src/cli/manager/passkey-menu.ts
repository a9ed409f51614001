/** The passkeys on a key, and what can be done with each. */

import { toHex } from '../../ctap2/index.ts';
import { credentials } from '../../index.ts';
import { readCredentialList } from '../commands/credentials.ts';
import { largeBlobKeyOf } from '../credential-document.ts';
import type { Found } from '../credential-list.ts';
import { passkeyLabel, PASSKEY_WORDS as WORDS } from '../messages/manager.ts';
import type { KeySession } from './key-session.ts';
import { type Entry, enter, LEAVE } from './menu-page.ts';
import { askLine } from './question.ts';

/** Hex digits of an ID that fit into a line, and that no other passkey will share by chance. */
const ID_LENGTH = 16;

/** @param note is told how many there are */
export function enterPasskeys(
  keySession: KeySession,
  note: (metadata: credentials.CredentialMetadata) => void,
): Promise<void> {
  let isFirst = true;
  return enter(keySession, async () => {
    const listing = await keySession.read(isFirst ? ['credentials', 'list'] : undefined, (context) =>
      readCredentialList(context),
    );
    isFirst = false;
    if (!listing) return undefined;
    note(listing.metadata);
    const found = listing.relyingParties.flatMap(({ credentials, ...rp }) =>
      credentials.map((credential) => ({ rp, credential })),
    );
    const idLength = Math.max(ID_LENGTH, credentials.distinctLength(found.map(({ credential }) => credential)));
    const list = ['credentials', 'list'];
    // A key that lists none may still have some; one that stores no blobs has none.
    const isListed = credentials.listsLargeBlobKeys(listing.relyingParties) || !listing.hasLargeBlobs;
    return {
      title: WORDS.title,
      lines: found.length === 0 ? [WORDS.none] : [],
      entries: [
        ...found.map((each) =>
          passkeyEntry(keySession, { ...each, isListed }, toHex(each.credential.credentialId).slice(0, idLength)),
        ),
        ...(found.length === 0
          ? []
          : [
              { label: WORDS.all, argv: keySession.argv(...list), run: () => keySession.run(list) },
              saving(keySession, WORDS.csv, 'csv'),
              saving(keySession, WORDS.json, 'json'),
            ]),
      ],
    };
  });
}

interface Passkey extends Found {
  /** As listsLargeBlobKeys: without, it may have a blob though the key lists no key for one. */
  isListed: boolean;
}

function passkeyEntry(keySession: KeySession, found: Passkey, id: string): Entry {
  const { rp, credential } = found;
  return {
    id,
    label: passkeyLabel(rp, credential),
    argv: keySession.argv('credentials', 'show', id),
    run: () => enterPasskey(keySession, found, id),
  };
}

function saving(keySession: KeySession, label: string, format: 'csv' | 'json'): Entry {
  const words = ['credentials', 'export', '--format', format];
  return {
    label,
    argv: keySession.argv(...words),
    run: async () => {
      const file = await askLine(WORDS.askFile);
      if (file) await keySession.run(words, { into: file });
    },
  };
}

/** @param id as the command lines name it */
function enterPasskey(keySession: KeySession, { rp, credential, isListed }: Passkey, id: string): Promise<void> {
  const noBlobs = largeBlobKeyOf(credential, isListed) === false ? WORDS.noBlobs : undefined;
  const command = (label: string, unavailable: string | undefined, ...words: string[]): Entry => ({
    label,
    unavailable,
    argv: keySession.argv(...words),
    run: () => keySession.run(words),
  });
  const rename = async () => {
    const words = await askNames(credential.user, id);
    // Its label shows the names, so it is read again.
    if (words) return (await keySession.run(words)) === 0 ? LEAVE : undefined;
    return undefined;
  };
  return enter(keySession, async () => ({
    title: passkeyLabel(rp, credential),
    entries: [
      command(WORDS.show, undefined, 'credentials', 'show', id),
      {
        label: WORDS.rename,
        explanation: WORDS.renameExplained,
        unavailable: credential.user ? undefined : WORDS.unknownUser,
        run: rename,
      },
      {
        ...command(WORDS.delete, undefined, 'credentials', 'delete', id),
        run: async () => ((await keySession.run(['credentials', 'delete', id])) === 0 ? LEAVE : undefined),
      },
      command(WORDS.blobShow, noBlobs, 'blobs', 'get', id),
      asking(WORDS.blobSave, WORDS.askFile, noBlobs, (file) => keySession.run(['blobs', 'get', id, '--output', file])),
      asking(WORDS.blobSet, WORDS.askSource, noBlobs, (file) => keySession.run(['blobs', 'set', id, file])),
      command(WORDS.blobDelete, noBlobs, 'blobs', 'delete', id),
    ],
  }));
}

function asking(
  label: string,
  question: string,
  unavailable: string | undefined,
  work: (answer: string) => Promise<unknown>,
): Entry {
  return {
    label,
    unavailable,
    run: async () => {
      const answer = await askLine(question);
      return answer ? work(answer) : undefined;
    },
  };
}

/** The command that changes what was changed; undefined if nothing was. */
async function askNames(
  user: { name?: string | undefined; displayName?: string | undefined } | undefined,
  id: string,
): Promise<string[] | undefined> {
  const name = await askLine(WORDS.askName, user?.name ?? '');
  if (name === undefined) return undefined;
  const displayName = await askLine(WORDS.askDisplayName, user?.displayName ?? '');
  if (displayName === undefined) return undefined;
  const changes = [
    ...(name === (user?.name ?? '') ? [] : ['--name', name]),
    ...(displayName === (user?.displayName ?? '') ? [] : ['--display-name', displayName]),
  ];
  return changes.length > 0 ? ['credentials', 'update-user', id, ...changes] : undefined;
}
