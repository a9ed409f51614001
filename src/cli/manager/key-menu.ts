/** The page of one key: its state, and everything that can be done with it. */
import { credentials, fingerprints, largeBlobs, PERMISSION } from '../../index.ts';
import { KEY_WORDS, type KeySummary, keyTitle, PIN_WORDS, summaryLines } from '../messages/manager.ts';
import { enterBlobs } from './blob-menu.ts';
import { enterFingerprints } from './fingerprint-menu.ts';
import type { KeySession } from './key-session.ts';
import { readKeySummary, whyNot, whyNoUser } from './key-summary.ts';
import { type Entry, enter, type MenuPage } from './menu-page.ts';
import { enterPasskeys } from './passkey-menu.ts';
import { enterPin } from './pin-menu.ts';
import { enterSettings } from './settings-menu.ts';

/** @param exit the label of the way out */
export async function enterKey(keySession: KeySession, exit: string = KEY_WORDS.otherKey): Promise<void> {
  let passkeys: credentials.CredentialMetadata | undefined;
  const note = (metadata: credentials.CredentialMetadata | undefined) => {
    passkeys = metadata;
  };
  try {
    await enter(keySession, async () => {
      const summary = await keySession.read(undefined, readKeySummary);
      return summary && { ...keyPage(keySession, summary, passkeys, note), exit };
    });
  } finally {
    keySession.end();
  }
}

function keyPage(
  keySession: KeySession,
  summary: KeySummary,
  passkeys: credentials.CredentialMetadata | undefined,
  note: (metadata: credentials.CredentialMetadata | undefined) => void,
): MenuPage {
  const { info, pin } = summary;
  const page = (label: string, explanation: string, unavailable: string | undefined, run: () => Promise<unknown>) => ({
    label,
    explanation,
    unavailable,
    run,
  });
  const command = (label: string, ...words: string[]): Entry => ({
    label,
    argv: keySession.argv(...words),
    run: () => keySession.run(words),
  });
  return {
    title: keyTitle(summary.key),
    lines: summaryLines(summary, passkeys).slice(1),
    entries: [
      page(KEY_WORDS.pin, KEY_WORDS.pinExplained, pin.supported ? undefined : PIN_WORDS.cannot, () =>
        enterPin(keySession),
      ),
      page(
        KEY_WORDS.passkeys,
        KEY_WORDS.passkeysExplained,
        whyNot(() => credentials.requireSupport(info)) ?? whyNoUser(summary, PERMISSION.cm),
        () => enterPasskeys(keySession, note),
      ),
      page(
        KEY_WORDS.fingerprints,
        KEY_WORDS.fingerprintsExplained,
        whyNot(() => fingerprints.requireSupport(info)) ?? whyNoUser(summary, PERMISSION.be),
        () => enterFingerprints(keySession),
      ),
      page(KEY_WORDS.settings, KEY_WORDS.settingsExplained, undefined, () => enterSettings(keySession)),
      page(
        KEY_WORDS.blobs,
        KEY_WORDS.blobsExplained,
        whyNot(() => largeBlobs.requireSupport(info)),
        () => enterBlobs(keySession),
      ),
      command(KEY_WORDS.info, 'info'),
      command(KEY_WORDS.identify, 'identify'),
      {
        ...command(KEY_WORDS.reset, 'reset'),
        run: async () => {
          note(undefined);
          await keySession.runAboutPin(['reset']);
        },
      },
    ],
  };
}
