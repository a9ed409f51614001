/**
 * Records what test/recordings/ holds, anew: UPDATE_RECORDINGS=1 npx vitest run test/recordings. Most by the command line
 * as it is shipped, with software keys of several models on both transports; what takes a person who does something odd at
 * the right moment, in this process ({@link STAGED}).
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../src/authenticator/environment.ts';
import { errorDocument } from '../../src/cli/errors.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { Interaction } from '../../src/client/interaction.ts';
import { Scratch } from './built-cli.ts';
import { stage } from './replay.ts';
import { World } from './software-world.ts';

/** What the keys are given, none of which may be in a recording. */
export const PINS = { demo: '12345678', pin: '24681357', new: 'Größer-97531', wrong: '86427531', short: '1' };
export const NAMES = ['renamed@contoso.com', 'Renée Name', 'left thumb', 'intranet.example'];

interface Made {
  name: string;
  model: string;
  transport?: 'usb' | 'nfc';
  demo?: boolean;
  /** Shell lines before; `$K` is seckey with the key chosen. */
  before?: string;
  command: string;
  exit?: number;
}

const PIN = '--pin-file demo';
const ID = `$($K credentials list ${PIN} --json | grep -o '"credentialId":"[0-9a-f]*"' | cut -d'"' -f4 | tail -1)`;
const FINGER = `$($K fingerprints list ${PIN} --json | grep -o '"templateId":"[0-9a-f]*"' | cut -d'"' -f4 | tail -1)`;

const MADE: readonly Made[] = [
  { name: 'info', model: 'ctap-2.3', command: 'info' },
  { name: 'info-encrypted-members', model: 'ctap-2.3', demo: true, command: `info ${PIN}` },
  { name: 'info-card', model: 'hid-crescendo', transport: 'nfc', command: 'info --raw' },
  { name: 'identify', model: 'feitian-epass-nfc', command: 'identify' },
  { name: 'pin-set', model: 'yubikey-5-nfc', command: 'pin set --new-pin-file pin' },
  { name: 'pin-set-nfc', model: 'feitian-epass-nfc', transport: 'nfc', command: 'pin set --new-pin-file new' },
  { name: 'pin-too-short', model: 'yubikey-5-nfc-enhanced-pin', command: 'pin set --new-pin-file short', exit: 9 },
  { name: 'pin-too-simple', model: 'yubikey-5-nfc-enhanced-pin', command: 'pin set --new-pin-file demo', exit: 9 },
  { name: 'pin-change', model: 'yubikey-5-nfc', demo: true, command: `pin change ${PIN} --new-pin-file new` },
  { name: 'pin-wrong', model: 'ctap-2.3', demo: true, command: 'pin verify --pin-file wrong', exit: 6 },
  {
    name: 'pin-blocked-until-replug',
    model: 'yubikey-5-nfc',
    demo: true,
    before: '$K pin verify --pin-file wrong; $K pin verify --pin-file wrong',
    command: 'pin change --pin-file wrong --new-pin-file new',
    exit: 7,
  },
  { name: 'pin-protocol-one', model: 'ctap-2.0', demo: true, command: `pin verify ${PIN}` },
  {
    name: 'pin-min-length',
    model: 'ctap-2.3',
    demo: true,
    command: `pin min-length 6 --rp-id intranet.example ${PIN} --yes`,
  },
  { name: 'config-always-uv', model: 'ctap-2.3', demo: true, command: `config always-uv on ${PIN} --yes` },
  { name: 'config-lacking', model: 'hid-crescendo', demo: true, command: `config always-uv on ${PIN} --yes`, exit: 5 },
  { name: 'credentials-list', model: 'yubikey-5-nfc', demo: true, command: `credentials list ${PIN}` },
  {
    name: 'credentials-list-nfc',
    model: 'feitian-epass-nfc',
    transport: 'nfc',
    demo: true,
    command: `credentials list ${PIN} --rp example.com --json`,
  },
  { name: 'credentials-list-preview', model: 'ctap-2.1-pre', demo: true, command: `credentials list ${PIN}` },
  { name: 'credentials-list-finger', model: 'yubikey-bio', demo: true, command: 'credentials list' },
  { name: 'credentials-delete', model: 'yubikey-5-nfc', demo: true, command: `credentials delete ${ID} ${PIN} --yes` },
  {
    name: 'credentials-update-user',
    model: 'ctap-2.3',
    demo: true,
    command: `credentials update-user ${ID} --name renamed@contoso.com --display-name "Renée Name" ${PIN}`,
  },
  {
    name: 'credentials-not-found',
    model: 'ctap-2.3',
    demo: true,
    command: `credentials show abcdef0123 ${PIN}`,
    exit: 3,
  },
  {
    name: 'fingerprints-add',
    model: 'yubikey-bio',
    demo: true,
    command: `fingerprints add --name "left thumb" ${PIN}`,
  },
  { name: 'fingerprints-add-preview', model: 'feitian-biopass', demo: true, command: `fingerprints add ${PIN}` },
  {
    name: 'fingerprints-rename',
    model: 'ctap-2.3',
    demo: true,
    command: `fingerprints rename ${FINGER} "left thumb" ${PIN}`,
  },
  { name: 'blobs-list', model: 'ctap-2.3', demo: true, command: `blobs list ${PIN}` },
  {
    name: 'blobs-get-nfc',
    model: 'yubikey-5-nfc',
    transport: 'nfc',
    demo: true,
    command: `blobs get $($K blobs list ${PIN} --json | grep -o '"credentialId":"[0-9a-f]*"' | cut -d'"' -f4) -o blob ${PIN}`,
  },
  { name: 'reset', model: 'yubikey-5-nfc', demo: true, command: 'reset --confirm key' },
  { name: 'reset-two-touches', model: 'feitian-biopass', demo: true, command: 'reset --confirm key' },
  { name: 'reset-card', model: 'hid-crescendo', transport: 'nfc', demo: true, command: 'reset --confirm key' },
  { name: 'reset-blocked-by-piv', model: 'yubikey-bio-multi-protocol', command: 'reset --confirm key', exit: 5 },
  {
    name: 'reset-over-usb-only',
    model: 'ctap-2.3-usb-reset',
    transport: 'nfc',
    command: 'reset --confirm key',
    exit: 5,
  },
  { name: 'reset-another-name', model: 'ctap-2.0', command: 'reset --confirm another', exit: 8 },
  { name: 'reset-each', model: 'ctap-2.1-pre', demo: true, command: 'reset --each --yes --journal journal' },
];

interface Staged {
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

const STAGED: readonly Staged[] = [
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

/** Writes `<name>.jsonl` for all of them. @throws {Error} if one does not end as it should */
export async function makeRecordings(directory: string): Promise<void> {
  const failures: string[] = [];
  const note = (error: Error) => void failures.push(error.message);
  for (const made of MADE) await make(made, directory).catch(note);
  for (const staged of STAGED) await perform(staged, directory).catch(note);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function make({ name, model, transport, demo, before = ':', command, exit = 0 }: Made, directory: string) {
  const scratch = new Scratch();
  try {
    for (const [file, pin] of Object.entries(PINS)) writeFileSync(path.join(scratch.directory, file), `${pin}\n`);
    await scratch.sh(`seckey virtual create key --model ${model} ${demo ? '--demo' : ''}`);
    const K = `seckey --key virtual:key ${transport ? `--transport ${transport}` : ''}`;
    const trace = path.join(directory, `${name}.jsonl`);
    const line = `K='${K}'; { ${before}; } >/dev/null 2>&1; $K --trace '${trace}' ${command}`;
    const { code, stderr } = await scratch.sh(line);
    if (code !== exit) throw new Error(`${name} ended with ${code}, not ${exit}: ${stderr}`);
  } finally {
    scratch.remove();
  }
}

async function perform(staged: Staged, directory: string) {
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
  stage.live = { finder: finderOf(world, on ?? {}), interactive: true, yes, pin: PINS.pin };
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
    withHand: (person: Interaction) =>
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
