/** The fingers a key knows. */
import { type Fingerprint, toHex } from '../../index.ts';
import { readFingerprints } from '../commands/fingerprints.ts';
import { escaped } from '../terminal/escape.ts';
import { FINGERPRINT_WORDS as WORDS } from '../words/manager.ts';
import type { KeyVisit } from './key-visit.ts';
import { askLine } from './question.ts';
import { type Entry, enter, LEAVE } from './room.ts';

export function enterFingerprints(visit: KeyVisit): Promise<void> {
  let isFirst = true;
  return enter(visit, async () => {
    const fingerprints = await visit.read(isFirst ? ['fingerprints', 'list'] : undefined, readFingerprints);
    isFirst = false;
    if (!fingerprints) return undefined;
    return {
      title: WORDS.title,
      lines: fingerprints.length === 0 ? [WORDS.none] : [],
      entries: [
        ...fingerprints.map((fingerprint) => ({
          id: toHex(fingerprint.templateId),
          label: labelOf(fingerprint),
          run: () => enterFingerprint(visit, fingerprint),
        })),
        { label: WORDS.add, explanation: WORDS.addExplained, run: () => add(visit) },
        {
          label: WORDS.sensor,
          argv: visit.argv('fingerprints', 'sensor'),
          run: () => visit.run(['fingerprints', 'sensor']),
        },
      ],
    };
  });
}

function labelOf({ templateId, name }: Fingerprint): string {
  return `${name === undefined ? WORDS.noName : escaped(name)} (${toHex(templateId)})`;
}

async function add(visit: KeyVisit): Promise<void> {
  const name = await askLine(WORDS.askName);
  if (name === undefined) return;
  await visit.run(['fingerprints', 'add', ...(name === '' ? [] : ['--name', name])]);
}

function enterFingerprint(visit: KeyVisit, fingerprint: Fingerprint): Promise<void> {
  const id = toHex(fingerprint.templateId);
  const leaving = async (words: readonly string[]) => ((await visit.run(words)) === 0 ? LEAVE : undefined);
  const rename: Entry = {
    label: WORDS.rename,
    run: async () => {
      const name = await askLine(WORDS.askName, fingerprint.name);
      return !name || name === fingerprint.name ? undefined : leaving(['fingerprints', 'rename', id, name]);
    },
  };
  const remove = ['fingerprints', 'delete', id];
  return enter(visit, async () => ({
    title: labelOf(fingerprint),
    entries: [rename, { label: WORDS.delete, argv: visit.argv(...remove), run: () => leaving(remove) }],
  }));
}
