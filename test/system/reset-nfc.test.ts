/** seckey reset on every model with a card's face, on readers of a real pcscd; python-fido2 looks at it afterwards. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { DONE, type Handling, type Outcome, outcomes, said, sceneOf, wanted } from './support/reset-outcomes.ts';
import { type Played, played, stage } from './support/reset-scenes.ts';
import { requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;
/** Each pcscd plays its share of the scenes: most of the time goes by between lifting a card and laying it down. */
const DESKS = 4;
const READERS = [0, 1];

const onto = {
  remove: 'Take the key off the reader now',
  insert: 'Put it back on the reader now, and leave it there',
};
const either = {
  remove: 'Take the card out of the reader, or off it, now',
  insert: 'Put it back now the same way, and leave it there',
};
/** Being laid down is its touch. */
const FIELD: readonly Handling[] = [
  { model: 'yubikey-5-nfc', ...onto, touches: [] },
  { model: 'yubikey-5-nfc-enhanced-pin', ...onto, touches: [] },
  { model: 'feitian-epass-nfc', ...onto, touches: [] },
  { model: 'hid-crescendo', ...either, touches: [] },
];
/** Wants to be selected again after its reset. */
const APPLET: Handling = { model: 'fido2-applet', ...onto, touches: [] };
const BUTTON: Handling = {
  model: 'ctap-2.3',
  ...onto,
  touches: ['Touch the key where it lies on the reader'],
  touchHint: ' and touch the key as soon as it blinks.',
};

const LOST = 'The connection was lost before the key answered. Looking whether it was reset; put it back if it is out.';

/** How it can go where there is no touch. `again` is what a card that wants another tap makes seckey say. */
const ofField = ({ remove, insert }: Handling): Outcome[] => {
  const again = [new RegExp(`^${remove} \\(`), insert, 'The key is back; sending the reset.'];
  return [
    {
      name: 'the first tap does not count',
      inserted: ['taps 1', 'insert'],
      again: 1,
      code: 0,
      steps: 3,
      ending: [...again, ...DONE],
      hasPin: false,
    },
    {
      name: 'taken away after it had erased, and put back',
      inserted: ['cut', 'insert', 'wait 500', 'insert'],
      code: 0,
      steps: 3,
      ending: [LOST, 'The answer was lost, but the key WAS reset: it had a PIN, and has none now.', ...DONE],
      hasPin: false,
    },
  ];
};
const ONCE: Outcome[] = [
  {
    name: 'no tap ever counts',
    inserted: ['taps 9', 'insert'],
    again: 2,
    code: 8,
    error: 'touch-timeout',
    steps: 3,
    ending: [
      ...[1, 2].flatMap(() => [/^Take/, /^Put/, 'The key is back; sending the reset.']),
      'seckey: the key did not count being laid down as a touch; nothing was erased',
      'Run the command again: lift the key, lay it down again, and leave it there.',
    ],
    hasPin: true,
  },
  {
    name: 'taken away after it had erased, and not put back',
    inserted: ['cut', 'insert'],
    code: 4,
    error: 'reset-uncertain',
    steps: 3,
    ending: [LOST, /whether it was erased is not known$/, /^Insert the key again and look/],
    hasPin: false,
  },
  {
    name: 'taken away before it had erased, and put back',
    inserted: ['brownout', 'insert', 'wait 500', 'insert'],
    code: 4,
    error: 'key-removed',
    steps: 3,
    ending: [LOST, /still has its PIN, so it was not reset$/, 'Nothing was erased. Run the command again.'],
    hasPin: true,
  },
  {
    name: 'nobody takes it away',
    removed: [],
    args: ['--timeout', '1'],
    code: 8,
    error: 'person-timeout',
    steps: 1,
    ending: ['seckey: the key was not removed within 1 seconds', /^Run the command again/],
    hasPin: true,
  },
  {
    name: 'nobody puts it back',
    inserted: [],
    args: ['--timeout', '2'],
    code: 8,
    error: 'person-timeout',
    steps: 2,
    ending: ['seckey: the key was not inserted again in time', /^Nothing was erased/],
    hasPin: true,
  },
];
const REFUSED: Outcome = {
  name: 'refused',
  code: 5,
  error: 'unsupported',
  steps: 0,
  ending: ['seckey: this key does not accept a reset over NFC', 'Connect it over USB and try again.'],
  hasPin: true,
};

const ROWS = [
  ...FIELD.flatMap((handling) =>
    [...outcomes(handling), ...ofField(handling)].map((outcome) => ({ handling, outcome })),
  ),
  ...ONCE.map((outcome) => ({ handling: FIELD[2] as Handling, outcome })),
  { handling: APPLET, outcome: outcomes(APPLET)[0] as Outcome },
  ...outcomes(BUTTON).map((outcome) => ({ handling: BUTTON, outcome })),
  { handling: { ...BUTTON, model: 'ctap-2.3-usb-reset' }, outcome: REFUSED },
].map((row, i) => ({ ...row, desk: i % DESKS, reader: Math.floor(i / DESKS) % READERS.length }));

/** On each reader of a pcscd in turn: one has to be empty for a while before another card lies on it. */
async function play(desk: number): Promise<[string, Played][]> {
  const pcscd = await Pcscd.start(READERS.length);
  const scenes = ROWS.filter((row) => row.desk === desk).map(({ handling, outcome, reader }) => {
    const place = pcscd.readers[reader] as (typeof pcscd.readers)[number];
    return { ...sceneOf(handling, outcome, place), name: `${handling.model}: ${outcome.name}` };
  });
  const { args, done } = await stage(scenes);
  try {
    const { code, stdout, stderr } = await pcscd.exec('node', args, { timeoutMs: 5 * MINUTES });
    expect(code, `${stdout}${stderr}`).toBe(0);
    return [...played(stdout)];
  } finally {
    done();
    await pcscd.stop();
  }
}

let results: Map<string, Played>;
beforeAll(async () => {
  requireBuild();
  const desks = await Promise.all(Array.from({ length: DESKS }, (_, desk) => play(desk)));
  results = new Map(desks.flat());
}, 6 * MINUTES);

const byName = ROWS.map((row) => [row.handling.model, row.outcome.name, row] as const);
describe('on a reader', () => {
  test.each(byName)('%s: %s', (model, name, { handling, outcome, reader }) => {
    const scene = results.get(`${model}: ${name}`) as Played;
    expect(said(scene)).toEqual(
      wanted(handling, `Virtual PCD 00 0${reader}`, outcome).map((line) =>
        line instanceof RegExp ? expect.stringMatching(line) : line,
      ),
    );
    const document = JSON.parse(scene.stdout);
    if (outcome.code === 0) expect(document).toMatchObject({ reset: true, key: { transport: 'nfc' } });
    else expect(document).toMatchObject({ error: { code: outcome.error, exit: outcome.code } });
    expect(scene.code).toBe(outcome.code);
    expect(scene.keys.key?.hasPin).toBe(outcome.hasPin);
  });
});
