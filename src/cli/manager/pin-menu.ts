/** Setting, changing and checking the PIN, and its rules. */

import { PIN_WORDS as WORDS } from '../messages/manager.ts';
import type { KeySession } from './key-session.ts';
import { readKeySummary } from './key-summary.ts';
import { type Entry, enter } from './menu-page.ts';
import { askLine } from './question.ts';

/** Whoever chooses these means to type the PIN. */
const ABOUT_PIN: ReadonlySet<string | undefined> = new Set(['set', 'change', 'verify']);

export function enterPin(keySession: KeySession): Promise<void> {
  return enter(keySession, async () => {
    const summary = await keySession.read(undefined, readKeySummary);
    if (!summary) return undefined;
    const { pin } = summary;
    const isNotSet = pin.set ? undefined : WORDS.isNotSet;
    const command = (label: string, unavailable: string | undefined, ...words: string[]): Entry => ({
      label,
      unavailable,
      argv: keySession.argv(...words),
      run: () => (ABOUT_PIN.has(words[1]) ? keySession.runAboutPin(words) : keySession.run(words)),
    });
    const isSet = pin.set ? WORDS.isSet : undefined;
    return {
      title: WORDS.title,
      entries: [
        command(WORDS.set, isSet, 'pin', 'set'),
        command(WORDS.setRandom, isSet, 'pin', 'set', '--generate'),
        command(WORDS.change, isNotSet, 'pin', 'change'),
        command(WORDS.changeRandom, isNotSet, 'pin', 'change', '--generate'),
        command(WORDS.verify, isNotSet, 'pin', 'verify'),
        command(WORDS.status, undefined, 'pin', 'status'),
        { label: WORDS.minLength, explanation: WORDS.minLengthExplained, run: () => raiseMinLength(keySession) },
        command(WORDS.forceChange, isNotSet, 'pin', 'force-change'),
      ],
    };
  });
}

async function raiseMinLength(keySession: KeySession): Promise<void> {
  const length = await askLine(WORDS.askLength);
  if (!length) return;
  const answer = await askLine(WORDS.askSites);
  if (answer === undefined) return;
  const sites = answer.split(/[\s,]+/).filter((site) => site !== '');
  await keySession.run(['pin', 'min-length', length, ...(sites.length > 0 ? ['--rp-id', ...sites] : [])]);
}
