/** Recordings that take a person or a key that does something odd at the right moment: made in this process. */
import path from 'node:path';
import type { Environment } from '../../src/authenticator/environment.ts';
import { errorDocument } from '../../src/cli/errors.ts';
import { runProgram } from '../../src/cli/program/program.ts';
import type { Interaction } from '../../src/client/interaction.ts';
import { stage } from './replay.ts';
import { World } from './software-world.ts';

/** The PIN that is typed, current or new. */
export const STAGED_PIN = '24681357';

export interface Staged {
  name: string;
  model: string;
  transport: 'usb' | 'nfc';
  argv: string[];
  exit: number;
  /** What the person and the key do. */
  play: (scene: Scene) => { surroundings?: Partial<Environment>; on?: Partial<Record<keyof Interaction, () => void>> };
  /** A PIN is set before. */
  hasPin?: boolean;
  interactive?: boolean;
  /** What the person answers to questions. */
  yes?: boolean;
}

interface Scene {
  world: () => World;
  /** Makes the key's clock go on by this many ms. */
  skip: (ms: number) => void;
}

const RESET = ['reset', '--confirm', 'staged'];

export const STAGED: readonly Staged[] = [
  {
    name: 'reset-too-late',
    model: 'yubikey-5-nfc',
    transport: 'usb',
    argv: RESET,
    exit: 9,
    play: ({ world, skip }) => ({
      on: {
        insertKey: () =>
          later(() =>
            world()
              .insert()
              .then(() => skip(60_000)),
          ),
      },
    }),
  },
  {
    name: 'reset-too-late-then-done',
    model: 'yubikey-5-nfc',
    transport: 'usb',
    argv: ['reset'],
    exit: 0,
    interactive: true,
    yes: true,
    play: ({ world, skip }) => {
      let insertions = 0;
      return {
        on: {
          insertKey: () =>
            later(() =>
              world()
                .insert()
                .then(() => skip(insertions++ === 0 ? 60_000 : 0)),
            ),
        },
      };
    },
  },
  {
    name: 'reset-declined',
    model: 'feitian-epass-nfc',
    transport: 'nfc',
    argv: ['reset'],
    exit: 8,
    interactive: true,
    yes: false,
    play: () => ({}),
  },
  {
    name: 'reset-not-touched',
    model: 'yubikey-5-nfc',
    transport: 'usb',
    argv: RESET,
    exit: 8,
    play: () => ({ surroundings: { userPresence: async () => 'timeout' } }),
  },
  {
    name: 'reset-nobody-there',
    model: 'ctap-2.3',
    transport: 'usb',
    argv: [...RESET, '--timeout', '1'],
    exit: 8,
    play: () => ({ on: { insertKey: () => undefined } }),
  },
  {
    name: 'reset-removed-in-the-middle',
    model: 'ctap-2.3',
    transport: 'usb',
    argv: RESET,
    exit: 4,
    play: ({ world }) => ({
      surroundings: { userPresence: () => new Promise(() => {}) },
      on: { touch: () => world().remove() },
    }),
  },
  {
    name: 'reset-answer-lost',
    model: 'ctap-2.3',
    transport: 'usb',
    argv: RESET,
    exit: 0,
    hasPin: true,
    play: ({ world }) => ({
      on: { processing: () => world().remove(), answerLost: () => later(() => world().insert()) },
    }),
  },
  {
    name: 'reset-uncertain',
    model: 'feitian-epass-nfc',
    transport: 'usb',
    argv: RESET,
    exit: 4,
    play: ({ world }) => ({
      on: { processing: () => world().remove(), answerLost: () => later(() => world().insert()) },
    }),
  },
  {
    name: 'fingerprints-add-removed',
    model: 'yubikey-bio',
    transport: 'usb',
    argv: ['fingerprints', 'add'],
    exit: 4,
    interactive: true,
    hasPin: true,
    play: ({ world }) => {
      let samples = 0;
      return { on: { enrollSample: () => ++samples === 3 && world().remove() } };
    },
  },
  {
    name: 'pin-set-interactive',
    model: 'ctap-2.0',
    transport: 'usb',
    argv: ['pin', 'change'],
    exit: 0,
    interactive: true,
    yes: true,
    play: () => ({}),
  },
];

/** Writes `<name>.jsonl`. @throws {Error} if it does not end as it should */
export async function perform(staged: Staged, directory: string) {
  const { name, model, transport, argv, exit, play, hasPin, interactive = false, yes = false } = staged;
  let skipped = 0;
  let world: World | undefined;
  const scene: Scene = {
    world: () => world as World,
    skip: (ms) => {
      skipped += ms;
    },
  };
  const { surroundings, on } = play(scene);
  world = new World(transport, model, { now: () => Date.now() + skipped, ...surroundings });
  const trace = path.join(directory, `${name}.jsonl`);
  stage.live = { finder: finderOf(world, on ?? {}), interactive: true, yes, pin: STAGED_PIN };
  if (hasPin) await runProgram(['--key', 'virtual:staged', 'pin', 'set'], new AbortController().signal);
  stage.live.interactive = interactive;
  const line = ['--key', 'virtual:staged', '--trace', trace, ...argv];
  const code = await runProgram(line, new AbortController().signal).catch((error) => errorDocument(error).exit);
  delete stage.live;
  if (code !== exit) throw new Error(`${name} ended with ${code}, not ${exit}`);
}

/** A hand is not as quick as the program. */
function later(deed: () => unknown): void {
  setTimeout(deed, 20);
}

/** The world as software keys, with a person who does as told unless `on` says otherwise. */
function finderOf(world: World, on: Partial<Record<keyof Interaction, () => unknown>>) {
  const hand: typeof on = {
    removeKey: () => later(() => world.remove()),
    insertKey: () => later(() => world.insert()),
    ...on,
  };
  return {
    list: async () => {
      const { keys } = await world.finder.list();
      return { keys: keys.map((key) => ({ ...key, id: 'virtual:staged', name: 'Software key' })), failures: [] };
    },
    watch: (changed: () => void) => world.finder.watch(changed),
    close: async () => {},
    withSimulatedUser: (person: Interaction) =>
      new Proxy(person, {
        get: (target, name: keyof Interaction) => {
          const member = target[name];
          if (typeof member !== 'function') return member;
          return (...given: unknown[]) => {
            const answer = (member as (...args: unknown[]) => unknown).apply(target, given);
            const deed = hand[name];
            deed?.();
            return answer;
          };
        },
      }),
  };
}
