/** Every way in which a reset can go, and what seckey has to say and answer for each. Written out once more, on purpose. */
import type { Cue, Part, Place, Played, Scene } from './reset-scenes.ts';

/** A model on one transport, and the words for the hands of its owner. */
export interface Handling {
  model: string;
  remove: string;
  insert: string;
  /** One for each touch that it wants; none where being laid down is the touch. */
  touches: readonly string[];
  /** What to do next time if it was not touched. */
  touchHint?: string;
  over?: Partial<Part>;
}

export interface Outcome {
  name: string;
  over?: Partial<Part>;
  /** When it was removed, and from then on. */
  removed?: readonly string[];
  /** When its insertion is asked for; inserted if absent. */
  inserted?: readonly string[];
  /** At each request to touch; a missing one is not answered. */
  touched?: readonly (readonly string[])[];
  /** How often removal and insertion are asked for once more. */
  again?: number;
  /** seckey's arguments beside the usual ones. */
  args?: readonly string[];
  /** How it ends: exit code, and the error of its JSON document. */
  code: number;
  error?: string;
  /** How many of the steps (remove, insert, sending, touches…) are said, and what comes then. */
  steps: number;
  ending: readonly (string | RegExp)[];
  /** Whether other people's clients find a PIN afterwards. */
  hasPin: boolean;
}

export const DONE = [
  'The key is reset: all its passkeys (credentials), its PIN and its settings are gone.',
  'Next: seckey pin set',
] as const;

const REPEAT = 'Run the command again';

/** `touches`: how many touches the model wants. */
export function outcomes({ touches, touchHint = '' }: Handling): Outcome[] {
  const all = touches.length + 3;
  const touched = touches.map(() => ['touch']);
  const without: Outcome[] = [
    { name: 'done', touched, code: 0, steps: all, ending: DONE, hasPin: false },
    {
      name: 'too late',
      inserted: ['late', 'insert'],
      code: 9,
      error: 'reset-too-late',
      steps: 3,
      ending: [
        'seckey: the reset came too late after the key was inserted; nothing was erased',
        `${REPEAT}; the key must be inserted when it asks for it, not before.`,
      ],
      hasPin: true,
    },
  ];
  if (touches.length === 0) return without;
  const unconfirmed = { steps: 4, hasPin: true } as const;
  return [
    ...without,
    {
      ...unconfirmed,
      name: 'no touch',
      over: { patienceMs: 700 },
      code: 8,
      error: 'touch-timeout',
      ending: ['seckey: the key was not touched in time; nothing was erased', `${REPEAT}${touchHint}`],
    },
    {
      ...unconfirmed,
      name: 'removed before its touch',
      touched: [['remove']],
      code: 4,
      error: 'key-removed',
      ending: [
        'seckey: the key was removed before it was confirmed; nothing was erased',
        `${REPEAT}, and leave the key in until it says that it is reset.`,
      ],
    },
  ];
}

/** The scene in which `handling` comes to `outcome`. */
export function sceneOf(handling: Handling, outcome: Outcome, place: Place): Scene {
  const { model, remove, insert, touches, over } = handling;
  const { removed = ['remove'], inserted = ['insert'], touched = [], again = 0, args = [] } = outcome;
  const acts = (list: readonly string[]) => list.map((act) => act.replace(/^(?!wait|stop|continue)\w+/, '$& key'));
  const cues: Cue[] = [
    { when: remove, do: acts(removed) },
    { when: insert, do: acts(inserted) },
    ...Array.from({ length: again }, () => [
      { when: remove, do: acts(['remove']) },
      { when: insert, do: acts(['insert']) },
    ]).flat(),
    ...touched.map((list, i) => ({ when: `${touches[i]} to confirm`, do: acts(list) })),
  ];
  // A YubiKey tells its serial number when it is asked, and its USB descriptor has none.
  const isYubiKey = model.startsWith('yubikey');
  const key: Part = { name: 'key', model, places: [place], serial: !isYubiKey, ...over, ...outcome.over };
  const confirm = isYubiKey ? '{serial:key}' : '{id:key}';
  return {
    name: `${model} ${JSON.stringify(place)} ${outcome.name}`,
    keys: [key],
    args: ['reset', '--confirm', confirm, '--json', '--timeout', '20', ...args],
    cues,
  };
}

/** What was said, without seconds, and without what a key may be too quick to let through. */
export function said({ stderr }: Played): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && line !== 'The key is working. Leave it where it is.')
    .map((line) => line.replace(/(: \d+ s|\. It waits about \d+ s more\.)$/, ''));
}

/** What has to be said. */
export function wanted({ remove, insert, touches }: Handling, name: string, { steps, ending }: Outcome): unknown[] {
  const all = [
    `${remove} (${name})`,
    insert,
    'The key is back; sending the reset.',
    ...touches.map((touch) => `${touch} to confirm the reset. Ctrl-C cancels.`),
  ];
  return [...all.slice(0, steps), ...ending];
}
