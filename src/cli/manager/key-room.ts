/** The page of one key: its state, and everything that can be done with it. */
import {
  type CredentialMetadata,
  PERMISSION,
  requireCredentialManagement,
  requireFingerprints,
  requireLargeBlobs,
} from '../../index.ts';
import { glanceLines, KEY_WORDS, keyTitle, PIN_ROOM_WORDS } from '../words/manager.ts';
import { enterBlobs } from './blob-room.ts';
import { enterFingerprints } from './fingerprint-room.ts';
import { type Glance, readGlance, whyNot, whyNoUser } from './glance.ts';
import type { KeyVisit } from './key-visit.ts';
import { enterPasskeys } from './passkey-room.ts';
import { enterPin } from './pin-room.ts';
import { type Entry, enter, type Room } from './room.ts';
import { enterSettings } from './settings-room.ts';

/** @param exit the label of the way out */
export async function enterKey(visit: KeyVisit, exit: string = KEY_WORDS.otherKey): Promise<void> {
  let passkeys: CredentialMetadata | undefined;
  const note = (metadata: CredentialMetadata | undefined) => {
    passkeys = metadata;
  };
  try {
    await enter(visit, async () => {
      const glance = await visit.read(undefined, readGlance);
      return glance && { ...keyRoom(visit, glance, passkeys, note), exit };
    });
  } finally {
    visit.end();
  }
}

function keyRoom(
  visit: KeyVisit,
  glance: Glance,
  passkeys: CredentialMetadata | undefined,
  note: (metadata: CredentialMetadata | undefined) => void,
): Room {
  const { info, pin } = glance;
  const room = (label: string, explanation: string, unavailable: string | undefined, run: () => Promise<unknown>) => ({
    label,
    explanation,
    unavailable,
    run,
  });
  const command = (label: string, ...words: string[]): Entry => ({
    label,
    argv: visit.argv(...words),
    run: () => visit.run(words),
  });
  return {
    title: keyTitle(glance.key),
    lines: glanceLines(glance, passkeys).slice(1),
    entries: [
      room(KEY_WORDS.pin, KEY_WORDS.pinExplained, pin.supported ? undefined : PIN_ROOM_WORDS.cannot, () =>
        enterPin(visit),
      ),
      room(
        KEY_WORDS.passkeys,
        KEY_WORDS.passkeysExplained,
        whyNot(() => requireCredentialManagement(info)) ?? whyNoUser(glance, PERMISSION.cm),
        () => enterPasskeys(visit, note),
      ),
      room(
        KEY_WORDS.fingerprints,
        KEY_WORDS.fingerprintsExplained,
        whyNot(() => requireFingerprints(info)) ?? whyNoUser(glance, PERMISSION.be),
        () => enterFingerprints(visit),
      ),
      room(KEY_WORDS.settings, KEY_WORDS.settingsExplained, undefined, () => enterSettings(visit)),
      room(
        KEY_WORDS.blobs,
        KEY_WORDS.blobsExplained,
        whyNot(() => requireLargeBlobs(info)),
        () => enterBlobs(visit),
      ),
      command(KEY_WORDS.info, 'info'),
      command(KEY_WORDS.identify, 'identify'),
      {
        ...command(KEY_WORDS.reset, 'reset'),
        run: async () => {
          note(undefined);
          await visit.runAboutPin(['reset']);
        },
      },
    ],
  };
}
