/** The fingers a key knows. */

import { toHex } from '../../ctap2/index.ts';
import type { fingerprints } from '../../index.ts';
import { readFingerprints } from '../commands/fingerprints.ts';
import { FINGERPRINT_WORDS as WORDS } from '../messages/manager.ts';
import { escaped } from '../terminal/escape.ts';
import type { KeySession } from './key-session.ts';
import { type Entry, enter, LEAVE } from './menu-page.ts';
import { askLine } from './question.ts';

export function enterFingerprints(keySession: KeySession): Promise<void> {
  let isFirst = true;
  return enter(keySession, async () => {
    const fingerprints = await keySession.read(isFirst ? ['fingerprints', 'list'] : undefined, readFingerprints);
    isFirst = false;
    if (!fingerprints) return undefined;
    return {
      title: WORDS.title,
      lines: fingerprints.length === 0 ? [WORDS.none] : [],
      entries: [
        ...fingerprints.map((fingerprint) => ({
          id: toHex(fingerprint.templateId),
          label: labelOf(fingerprint),
          run: () => enterFingerprint(keySession, fingerprint),
        })),
        { label: WORDS.add, explanation: WORDS.addExplained, run: () => add(keySession) },
        {
          label: WORDS.sensor,
          argv: keySession.argv('fingerprints', 'sensor'),
          run: () => keySession.run(['fingerprints', 'sensor']),
        },
      ],
    };
  });
}

function labelOf({ templateId, name }: fingerprints.Fingerprint): string {
  return `${name === undefined ? WORDS.noName : escaped(name)} (${toHex(templateId)})`;
}

async function add(keySession: KeySession): Promise<void> {
  const name = await askLine(WORDS.askName);
  if (name === undefined) return;
  await keySession.run(['fingerprints', 'add', ...(name === '' ? [] : ['--name', name])]);
}

function enterFingerprint(keySession: KeySession, fingerprint: fingerprints.Fingerprint): Promise<void> {
  const id = toHex(fingerprint.templateId);
  const leaving = async (words: readonly string[]) => ((await keySession.run(words)) === 0 ? LEAVE : undefined);
  const rename: Entry = {
    label: WORDS.rename,
    run: async () => {
      const name = await askLine(WORDS.askName, fingerprint.name);
      return !name || name === fingerprint.name ? undefined : leaving(['fingerprints', 'rename', id, name]);
    },
  };
  const remove = ['fingerprints', 'delete', id];
  return enter(keySession, async () => ({
    title: labelOf(fingerprint),
    entries: [rename, { label: WORDS.delete, argv: keySession.argv(...remove), run: () => leaving(remove) }],
  }));
}
