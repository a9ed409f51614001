/** seckey reset on every model in a real kernel's USB ports: each way it can go, and what libfido2 finds afterwards. */
import { beforeAll, describe, expect, test } from 'vitest';
import { mustInGuest } from './support/guest.ts';
import { DONE, type Handling, type Outcome, outcomes, said, sceneOf, wanted } from './support/reset-outcomes.ts';
import { type Place, type Played, played, type Scene, stage } from './support/reset-scenes.ts';
import { requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;

const port = { remove: 'Remove the key from its USB port now', insert: 'Insert it again now' };
const sensor = { ...port, touches: ['Touch the blinking fingerprint sensor'] };
const contact = { ...port, touches: ['Touch the metal contact when it flashes'] };
const plain = { ...port, touches: ['Touch the key now'] };
const soon = { touchHint: ' and touch the key as soon as it blinks.' };

const HANDLINGS: readonly (Handling & { name: string })[] = [
  { model: 'ctap-2.3', name: 'seckey CTAP 2.3 (software)', ...sensor, ...soon },
  { model: 'ctap-2.3-usb-reset', name: 'seckey CTAP 2.3 (software)', ...sensor, ...soon },
  { model: 'yubikey-5-nfc', name: 'Yubico YubiKey FIDO (software)', ...contact, ...soon },
  { model: 'yubikey-5-nfc-enhanced-pin', name: 'Yubico YubiKey FIDO (software)', ...contact, ...soon },
  { model: 'yubikey-bio', name: 'Yubico YubiKey FIDO (software)', ...sensor, ...soon },
  {
    model: 'feitian-biopass',
    name: 'FS BioPassFIDO2 (software)',
    ...port,
    touches: ['Touch the blinking fingerprint sensor', 'It blinks again: touch the sensor again'],
    ...soon,
  },
  { model: 'feitian-epass-nfc', name: 'FS ePass FIDO2-NFC (software)', ...plain, ...soon },
  { model: 'ctap-2.1-pre', name: 'seckey CTAP 2.1 preview (software)', ...plain, ...soon },
  { model: 'ctap-2.0', name: 'seckey CTAP 2.0 (software)', ...plain, ...soon },
];

type Row = [handling: Handling & { name: string }, outcome: Outcome, place: Place];
const of = (model: string) => HANDLINGS.find((handling) => handling.model === model) as (typeof HANDLINGS)[number];
const inUhid = (handling: Handling & { name: string }, ...list: Outcome[]): Row[] =>
  list.map((outcome) => [handling, outcome, 'uhid']);

const LOST = 'The connection was lost before the key answered. Looking whether it was reset; put it back if it is out.';
const lostAt = (ending: readonly (string | RegExp)[]): Pick<Outcome, 'steps' | 'ending'> => ({
  steps: 4,
  ending: [LOST, ...ending],
});

const REINSERTED: Outcome = {
  name: 'pulled out after it had erased, and put back',
  touched: [['cut', 'touch', 'wait 900', 'insert']],
  code: 0,
  ...lostAt(['The answer was lost, but the key WAS reset: it had a PIN, and has none now.', ...DONE]),
  hasPin: false,
};
const LOST_FOR_GOOD: Outcome = {
  name: 'pulled out after it had erased, and not put back',
  touched: [['cut', 'touch']],
  code: 4,
  error: 'reset-uncertain',
  ...lostAt([
    'seckey: the connection was lost while the key was resetting (the key was removed); whether it was erased is not known',
    'Insert the key again and look whether it still has its PIN: seckey pin status. If it has, run the reset again.',
  ]),
  hasPin: false,
};
const NOT_ERASED: Outcome = {
  name: 'pulled out after its touch, before it had erased, and put back',
  touched: [['brownout', 'touch', 'wait 900', 'insert']],
  code: 4,
  error: 'key-removed',
  ...lostAt([
    'seckey: the connection was lost (the key was removed); the key still has its PIN, so it was not reset',
    'Nothing was erased. Run the command again.',
  ]),
  hasPin: true,
};
const again = 'Run the command again';
const SLOW: Outcome[] = [
  {
    name: 'the computer is too slow',
    over: { windowMs: 1_500 },
    inserted: ['stop', 'insert', 'wait 2500', 'continue'],
    code: 9,
    error: 'reset-too-late',
    steps: 3,
    ending: [/^seckey: the reset came too late/, /^Run the command again/],
    hasPin: true,
  },
  {
    name: 'nobody removes it',
    removed: [],
    args: ['--timeout', '1'],
    code: 8,
    error: 'person-timeout',
    steps: 1,
    ending: ['seckey: the key was not removed within 1 seconds', `${again}. --timeout SECONDS gives you longer.`],
    hasPin: true,
  },
  {
    name: 'nobody inserts it',
    inserted: [],
    args: ['--timeout', '2'],
    code: 8,
    error: 'person-timeout',
    steps: 2,
    ending: [
      'seckey: the key was not inserted again in time',
      `Nothing was erased. ${again}. --timeout SECONDS gives you longer.`,
    ],
    hasPin: true,
  },
];
/** Feitian's sensor wants two touches: what goes wrong between them. */
const [, , noTouch, removed] = outcomes(of('feitian-biopass')) as [Outcome, Outcome, Outcome, Outcome];
const BETWEEN: Outcome[] = [
  { ...noTouch, name: 'no second touch', touched: [['touch']], steps: 5 },
  { ...removed, name: 'removed between its touches', touched: [['touch'], ['remove']], steps: 5 },
];
const PIV: Outcome = {
  name: 'refused',
  code: 5,
  error: 'unsupported',
  steps: 0,
  ending: [
    'seckey: this YubiKey also holds PIV data, and then FIDO alone cannot be reset',
    'Nothing was erased. "ykman config reset" erases the whole key, PIV and FIDO together.',
  ],
  hasPin: true,
};
const HELD = {
  ...of('ctap-2.3'),
  touches: ['Press and hold the key for 5 seconds'],
  touchHint: ', and press the key for a full 5 seconds as soon as it blinks.',
  over: { longTouch: true },
};
const GADGET: Row[] = [
  ...[...outcomes(of('ctap-2.3')), REINSERTED, NOT_ERASED].map((outcome): Row => [of('ctap-2.3'), outcome, 'gadget']),
  ...outcomes(of('feitian-epass-nfc'))
    .slice(0, 1)
    .map((outcome): Row => [{ ...of('feitian-epass-nfc'), over: { serial: false } }, outcome, 'gadget']),
];

const LIKE_ANOTHER: ReadonlySet<string> = new Set(['yubikey-5-nfc-enhanced-pin', 'ctap-2.1-pre']);

const ROWS: Row[] = [
  // The gadget goes through all of them with this one; the other differs from it on a reader alone.
  ...['ctap-2.3', 'ctap-2.3-usb-reset'].flatMap((model) => inUhid(of(model), ...outcomes(of(model)).slice(0, 1))),
  // Those that nobody's hands can tell from another model: that they are reset is enough.
  ...HANDLINGS.slice(2).flatMap((handling) =>
    inUhid(handling, ...outcomes(handling).slice(0, LIKE_ANOTHER.has(handling.model) ? 1 : undefined)),
  ),
  ...inUhid(of('feitian-biopass'), ...BETWEEN),
  ...inUhid({ ...of('yubikey-bio'), model: 'yubikey-bio-multi-protocol' }, PIV),
  ...inUhid(of('ctap-2.1-pre'), ...SLOW),
  ...inUhid(of('yubikey-5-nfc'), REINSERTED, LOST_FOR_GOOD, NOT_ERASED),
  ...outcomes(HELD)
    .map((outcome): Row => [HELD, { ...outcome, name: `held: ${outcome.name}` }, 'uhid'])
    .filter(([, { name }]) => !/late|removed/.test(name)),
  ...GADGET,
];

async function play(scenes: Scene[]): Promise<[string, Played][]> {
  const { args, done } = await stage(scenes);
  try {
    return [...played(await mustInGuest(`node ${args.join(' ')}`, { timeoutMs: 10 * MINUTES }))];
  } finally {
    done();
  }
}

let results: Map<string, Played>;
beforeAll(async () => {
  requireBuild();
  const scenes = ROWS.map(([handling, outcome, place]) => sceneOf(handling, outcome, place));
  // One guest keeps one processor busy.
  const halves = await Promise.all([0, 1].map((half) => play(scenes.filter((_, i) => i % 2 === half))));
  results = new Map(halves.flat());
}, 12 * MINUTES);

describe.each(['uhid', 'gadget'] as const)('%s', (place) => {
  const rows = ROWS.filter((row) => row[2] === place).map((row) => [row[0].model, row[1].name, row] as const);
  test.each(rows)('%s: %s', (_, __, [handling, outcome]) => {
    const scene = results.get(sceneOf(handling, outcome, place).name) as Played;
    expect(said(scene)).toEqual(
      wanted(handling, handling.name, outcome).map((line) =>
        line instanceof RegExp ? expect.stringMatching(line) : line,
      ),
    );
    const document = JSON.parse(scene.stdout);
    if (outcome.code === 0) expect(document).toMatchObject({ reset: true, key: { transport: 'usb' } });
    else expect(document).toMatchObject({ error: { code: outcome.error, exit: outcome.code } });
    expect(scene.code).toBe(outcome.code);
    expect(scene.keys.key?.hasPin).toBe(outcome.hasPin);
  });
});
