/** Other keys than the one to reset, in a real kernel's ports and on readers of a real pcscd: never touched, always told. */
import { beforeAll, describe, expect, test } from 'vitest';
import { mustInGuest } from './support/guest.ts';
import { Pcscd, type VirtualReader } from './support/pcscd.ts';
import { type Cue, type Part, type Place, type Played, played, type Scene, stage } from './support/reset-scenes.ts';
import { requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;

interface Case extends Scene {
  code: number;
  error?: string;
  /** What is said that has to do with other keys. */
  told: readonly string[];
  /** Those that have lost their PIN, and only those. */
  erased?: readonly string[];
}

const key = (name: string, model: string, places: readonly Place[], over: Partial<Part> = {}): Part => ({
  name,
  model,
  places,
  ...over,
});
const args = (...more: string[]) => ['reset', '--json', '--timeout', '25', ...more];
const A = ['--key', '{id:a}', '--confirm', '{id:a}'];
const hasPlace = (reader: string) => ['--key', reader, '--confirm', '{id:a}'];
const touch: Cue = { when: 'to confirm', do: ['touch a'] };
const another = (name: string) => `That is another key (${name}). It is left alone; insert the one that was removed.`;
const anotherCard = (reader: string) =>
  `That is another key (${reader}). It is left alone; put back the one that was taken away.`;
const done = { code: 0, erased: ['a'] } as const;

const EPASS = 'FS ePass FIDO2-NFC (software)';
const YUBIKEY = 'Yubico YubiKey FIDO (software)';
const OLD = 'seckey CTAP 2.0 (software)';
const NEW = 'seckey CTAP 2.3 (software)';

/** The guest has Debian's own configuration of vpcd. */
const READER: VirtualReader = { name: 'Virtual PCD 00 00', port: 35_963 };

function inPorts(): Case[] {
  const a = (model: string, over: Partial<Part> = {}) => key('a', model, ['uhid'], over);
  const b = (model: string, over: Partial<Part> = {}) => key('b', model, ['uhid'], { out: true, ...over });
  const instead = (found: string): Cue[] => [
    { when: 'Remove the key', do: ['remove a'] },
    { when: 'Insert it again', do: ['insert b'] },
    { when: `another key \\(${found.replace(/[()]/g, '.')}`, do: [] },
  ];
  const elsewhere = [
    { when: 'Remove the key', do: ['remove a'] },
    { when: 'Insert it again', do: ['insert a 1'] },
  ];
  const onReader = `There is a key on a reader now (${READER.name}). That does not count: insert the key into a USB port.`;
  const both = [a('ctap-2.1-pre'), b('ctap-2.1-pre', { out: false })];
  return [
    {
      name: 'twins without serial numbers are both in: refused before anything is unplugged',
      keys: both,
      args: args(...A),
      cues: [],
      code: 3,
      error: 'several-keys',
      told: [],
    },
    {
      name: 'another model is inserted instead and stays in; then the right one comes',
      keys: [a('feitian-epass-nfc'), b('ctap-2.0')],
      args: args(...A),
      cues: [...instead(OLD).slice(0, 2), { when: 'another key', do: ['insert a'] }, touch],
      ...done,
      told: [another(OLD)],
    },
    {
      name: 'the same model with another serial number in its configuration',
      keys: [a('yubikey-5-nfc'), b('yubikey-5-nfc')],
      args: args(...A),
      cues: [...instead(YUBIKEY).slice(0, 2), { when: 'another key', do: ['remove b', 'insert a'] }, touch],
      ...done,
      told: [another(YUBIKEY)],
    },
    {
      name: 'the same model with another serial number in its descriptor; the right one never comes',
      keys: [a('ctap-2.3', { serial: true }), b('ctap-2.3', { serial: true })],
      args: args(...A, '--timeout', '4'),
      cues: instead(NEW),
      code: 8,
      error: 'person-timeout',
      told: [another(NEW)],
    },
    {
      name: 'it comes back on a reader: does not count; back in the port it does',
      keys: [key('a', 'yubikey-5-nfc', ['uhid', READER])],
      args: args(...A),
      cues: [...elsewhere, { when: 'does not count', do: ['remove a', 'insert a'] }, touch],
      ...done,
      told: [onReader],
    },
    {
      name: 'it comes back on a reader, and stays there',
      keys: [key('a', 'feitian-epass-nfc', ['uhid', READER])],
      args: args(...A, '--timeout', '6'),
      cues: elsewhere,
      code: 8,
      error: 'person-timeout',
      told: [onReader],
    },
    {
      name: 'a card comes back in a port: does not count; back on its reader it does',
      keys: [key('a', 'feitian-epass-nfc', [READER, 'uhid'])],
      args: args(...A),
      cues: [
        { when: 'Take the key off', do: ['remove a'] },
        { when: 'Put it back', do: ['insert a 1'] },
        { when: 'does not count', do: ['remove a', 'insert a'] },
      ],
      ...done,
      told: [`There is a key in a USB port now (${EPASS}). That does not count: put the key back on its reader.`],
    },
    {
      name: 'of three, only unplugging the right one counts, and only its return',
      keys: [a('feitian-epass-nfc'), b('ctap-2.0', { out: false }), key('c', 'yubikey-5-nfc', ['uhid'])],
      args: args(...A),
      cues: [
        { when: 'Remove the key', do: ['remove b', 'wait 600', 'insert b', 'remove c', 'wait 600', 'remove a'] },
        { when: 'Insert it again', do: ['insert c'] },
        { when: 'another key', do: ['insert a'] },
        touch,
      ],
      ...done,
      told: [another(YUBIKEY)],
    },
    {
      name: 'only another one is unplugged',
      keys: [a('feitian-epass-nfc'), b('ctap-2.0', { out: false })],
      args: args(...A, '--timeout', '3'),
      cues: [{ when: 'Remove the key', do: ['remove b', 'wait 500', 'insert b'] }],
      code: 8,
      error: 'person-timeout',
      told: [],
    },
    {
      name: 'two come at once',
      keys: [a('feitian-epass-nfc'), b('ctap-2.0')],
      args: args(...A),
      cues: [
        { when: 'Remove the key', do: ['remove a'] },
        { when: 'Insert it again', do: ['stop', 'insert b', 'insert a', 'continue'] },
      ],
      code: 3,
      error: 'several-keys',
      told: [],
    },
    {
      name: 'twins in a batch: each is refused',
      keys: both,
      args: ['reset', '--each', '--count', '2', '--yes', '--json'],
      cues: [],
      code: 3,
      told: [],
    },
  ];
}

function onReaders([first, second]: readonly [VirtualReader, VirtualReader]): Case[] {
  const a = (model: string, ...more: Place[]) => key('a', model, [first, ...more]);
  const b = (model: string, place: Place, out = true) => key('b', model, [place], { out });
  const taken = (...acts: string[]): Cue => ({ when: 'Take the key off', do: ['remove a', ...acts] });
  const back = (...acts: string[]): Cue => ({ when: 'Put it back', do: acts });
  const exchanged = ['remove b', 'wait 1300', 'insert a'];
  return [
    ...['yubikey-5-nfc', 'feitian-epass-nfc'].map((model) => ({
      name: `${model}: put on the other reader, it is still the same key`,
      keys: [a(model, second)],
      args: args(...A),
      cues: [taken(), back('insert a 1')],
      ...done,
      told: [],
    })),
    {
      name: 'another card is laid on instead, then the right one',
      keys: [a('feitian-epass-nfc'), b('yubikey-5-nfc', first)],
      args: args(...A),
      cues: [taken('wait 1300'), back('insert b'), { when: 'another key', do: exchanged }],
      ...done,
      told: [anotherCard(first.name)],
    },
    {
      name: 'the same model with another serial number is laid on, and stays',
      keys: [a('yubikey-5-nfc'), b('yubikey-5-nfc', first)],
      args: args(...A, '--timeout', '6'),
      cues: [taken('wait 1300'), back('insert b')],
      code: 8,
      error: 'person-timeout',
      told: [anotherCard(first.name)],
    },
    {
      name: 'another card comes on the other reader',
      keys: [a('feitian-epass-nfc'), b('yubikey-5-nfc', second)],
      args: args(...A),
      cues: [taken(), back('insert b'), { when: 'another key', do: ['insert a'] }],
      ...done,
      told: [anotherCard(second.name)],
    },
    {
      name: 'a twin without serial number stays on the other reader',
      keys: [a('feitian-epass-nfc'), b('feitian-epass-nfc', second, false)],
      args: args(...hasPlace(first.name)),
      cues: [taken(), back('insert a')],
      ...done,
      told: [],
    },
    {
      name: 'twins without serial numbers are both taken away: which one came back is not clear',
      keys: [a('feitian-epass-nfc'), b('feitian-epass-nfc', second, false)],
      args: args(...hasPlace(first.name)),
      cues: [taken(), back('remove b', 'wait 1500', 'insert a')],
      code: 3,
      error: 'several-keys',
      told: [],
    },
  ];
}

async function playInGuest(scenes: readonly Scene[]): Promise<Map<string, Played>> {
  const { args, done } = await stage(scenes);
  const pcscd =
    'mkdir -p /run/pcscd; pcscd --foreground > /dev/null & until [ -S /run/pcscd/pcscd.comm ]; do sleep 0.1; done';
  try {
    return played(await mustInGuest(`${pcscd}\nnode ${args.join(' ')}`, { timeoutMs: 10 * MINUTES }));
  } finally {
    done();
  }
}

async function playAtPcscd(cases: readonly Case[]): Promise<Map<string, Played>> {
  const { args, done } = await stage(cases);
  const pcscd = await Pcscd.start(READERS.length);
  try {
    expect(pcscd.readers).toEqual(READERS);
    const { code, stdout, stderr } = await pcscd.exec('node', args, { timeoutMs: 3 * MINUTES });
    expect(code, `${stdout}${stderr}`).toBe(0);
    return played(stdout);
  } finally {
    done();
    await pcscd.stop();
  }
}

function check({ code, error, told, erased = [], keys }: Case, scene: Played): void {
  const lines = scene.stderr.split('\n').filter((line) => /another key|does not count/.test(line));
  expect(lines, scene.stderr).toEqual(told);
  expect(scene.code, scene.stderr).toBe(code);
  if (error !== undefined) expect(JSON.parse(scene.stdout)).toMatchObject({ error: { code: error, exit: code } });
  for (const { name } of keys) {
    const key = scene.keys[name];
    expect(`${name} ${key?.hasPin}`).toBe(`${name} ${!erased.includes(name)}`);
    // Looking is all that is ever done to a key that is not reset.
    if (!erased.includes(name)) expect(new Set(key?.commands)).toEqual(new Set(key?.commands.length ? ['04'] : []));
  }
}

const READERS: readonly [VirtualReader, VirtualReader] = [
  { name: 'Virtual PCD 00 00', port: 35_963 },
  { name: 'Virtual PCD 00 01', port: 35_964 },
];
let results: Map<string, Played>;
beforeAll(async () => {
  requireBuild();
  // At the same time: people's pauses are most of what happens on the readers.
  const halves = await Promise.all([playInGuest(inPorts()), playAtPcscd(onReaders(READERS))]);
  results = new Map(halves.flatMap((half) => [...half]));
}, 12 * MINUTES);

const byName = (cases: Case[]) => cases.map((each) => [each.name, each] as const);

describe('in the ports of a real kernel', () => {
  test.each(byName(inPorts()))('%s', (name, each) => {
    const scene = results.get(name) as Played;
    check(each, scene);
    if (each.error === 'several-keys' && each.cues.length === 0) expect(scene.stderr).not.toContain('Remove');
    if (!name.includes('batch')) return;
    const lines = scene.stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).result)).toEqual(['several-keys', 'several-keys']);
  });
});

describe('on readers of a real pcscd', () => {
  test.each(byName(onReaders(READERS)))('%s', (name, each) => check(each, results.get(name) as Played));
});
