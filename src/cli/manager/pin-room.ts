/** Setting, changing and checking the PIN, and its rules. */

import { PIN_ROOM_WORDS as WORDS } from '../words/manager.ts';
import { readGlance } from './glance.ts';
import type { KeyVisit } from './key-visit.ts';
import { askLine } from './question.ts';
import { type Entry, enter } from './room.ts';

/** Whoever chooses these means to type the PIN. */
const ABOUT_PIN: ReadonlySet<string | undefined> = new Set(['set', 'change', 'verify']);

export function enterPin(visit: KeyVisit): Promise<void> {
  return enter(visit, async () => {
    const glance = await visit.read(undefined, readGlance);
    if (!glance) return undefined;
    const { pin } = glance;
    const isNotSet = pin.set ? undefined : WORDS.isNotSet;
    const command = (label: string, unavailable: string | undefined, ...words: string[]): Entry => ({
      label,
      unavailable,
      argv: visit.argv(...words),
      run: () => (ABOUT_PIN.has(words[1]) ? visit.runAboutPin(words) : visit.run(words)),
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
        { label: WORDS.minLength, explanation: WORDS.minLengthExplained, run: () => raiseMinLength(visit) },
        command(WORDS.forceChange, isNotSet, 'pin', 'force-change'),
      ],
    };
  });
}

async function raiseMinLength(visit: KeyVisit): Promise<void> {
  const length = await askLine(WORDS.askLength);
  if (!length) return;
  const answer = await askLine(WORDS.askSites);
  if (answer === undefined) return;
  const sites = answer.split(/[\s,]+/).filter((site) => site !== '');
  await visit.run(['pin', 'min-length', length, ...(sites.length > 0 ? ['--rp-id', ...sites] : [])]);
}
