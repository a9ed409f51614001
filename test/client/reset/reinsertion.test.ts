import { describe, expect, test } from 'vitest';
import {
  type ReplugNotice,
  type ReplugObservation,
  type ReplugState,
  step,
} from '../../../src/client/reset/reinsertion.ts';
import { FidoError } from '../../../src/errors.ts';
import type { DiscoveredKey } from '../../../src/transport/device.ts';
import { discovered, ScriptedDevice } from '../../support/scripted-device.ts';

const keyAt = (path: string, over: Partial<DiscoveredKey> = {}) =>
  discovered(new ScriptedDevice([]), { path, id: `usb-${path}`, ...over });
const cardOn = (reader: string, over: Partial<DiscoveredKey> = {}) =>
  keyAt('', { transport: 'nfc', path: undefined, id: `nfc-${reader}`, reader, ...over });

const wanted = keyAt('a');
const again = keyAt('b');
const stranger = keyAt('c', { name: 'Another Key' });
const twin = keyAt('d');
const card = cardOn('R');
const busy = new FidoError('key-busy', 'busy');

const TIMEOUT_MS = 60_000;

/** Time goes by in ms from 0; it is told where it matters. */
const removal = (...keys: DiscoveredKey[]): ReplugObservation => ({ saw: 'removal', keys, now: 0 });
const listing = (keys: DiscoveredKey[], { now = 1, isNews = false } = {}): ReplugObservation => ({
  saw: 'listing',
  keys,
  isNews,
  now,
});
const opened = (saw: 'same' | 'another' | 'gone', now = 2): ReplugObservation => ({ saw, now });
const unreadable: ReplugObservation = { saw: 'unreadable', error: busy, now: 2 };

/** `waiting`, `opening c`, `ambiguous: twin-moved`, ... */
function shown(state: ReplugState): string {
  if (state.at === 'waiting-for-insertion') return 'waiting';
  if (state.at === 'opening') return `opening ${state.key.path ?? state.key.reader}`;
  if (state.at === 'ambiguous') return `ambiguous: ${state.why} ${state.count}`;
  if (state.at === 'failed') return `failed: ${state.error.code}`;
  return state.at;
}

function told(notice: ReplugNotice): string {
  return notice.tell === 'insert' ? 'insert' : `${notice.reason} ${notice.key.path ?? notice.key.reader}`;
}

/** What is seen, the state that follows, and what the person is told. */
type Line = [seen: ReplugObservation, state: string, ...notices: string[]];

function start(key: DiscoveredKey = wanted, isUnique = true): ReplugState {
  return { at: 'waiting-for-removal', wanted: { key, isUnique, timeoutMs: TIMEOUT_MS } };
}

function run(first: ReplugState, lines: readonly Line[]): ReplugState {
  let state = first;
  for (const [index, [seen, ...expected]] of lines.entries()) {
    const next = step(state, seen);
    expect([shown(next.state), ...next.notices.map(told)], `line ${index + 1}`).toEqual(expected);
    state = next.state;
  }
  return state;
}

const removed: Line = [removal(), 'waiting', 'insert'];

const scenarios: Record<string, Line[]> = {
  'the key comes back in another place': [
    removed,
    [listing([]), 'waiting'],
    [listing([again]), 'opening b'],
    [opened('same'), 'reinserted'],
  ],
  'it comes back in its own place, which the system still listed at its removal': [
    [removal(wanted), 'waiting', 'insert'],
    [listing([wanted]), 'opening a'],
    [opened('same'), 'reinserted'],
  ],
  'keys that stay in are never opened': [
    [removal(stranger), 'waiting', 'insert'],
    [listing([stranger], { isNews: true }), 'waiting'],
    [listing([stranger, again]), 'opening b'],
  ],
  'one that stayed in is a candidate once it was taken out': [
    [removal(stranger), 'waiting', 'insert'],
    [listing([]), 'waiting'],
    [listing([stranger]), 'opening c'],
  ],
  'another key, and then the right one': [
    removed,
    [listing([stranger]), 'opening c'],
    [opened('another'), 'waiting', 'another-key c'],
    [listing([stranger, again]), 'opening b'],
    [opened('same'), 'reinserted'],
  ],
  'another key that stays is looked at again after news only, and not told again': [
    removed,
    [listing([stranger]), 'opening c'],
    [opened('another'), 'waiting', 'another-key c'],
    [listing([stranger]), 'waiting'],
    [listing([stranger], { isNews: true }), 'opening c'],
    [opened('another'), 'waiting'],
    [listing([stranger], { isNews: true }), 'opening c'],
    [unreadable, 'waiting'],
  ],
  'two strangers are looked at one after the other; the second is the right key by now': [
    removed,
    [listing([stranger]), 'opening c'],
    [opened('another'), 'waiting', 'another-key c'],
    [listing([stranger, again]), 'opening b'],
    [opened('another'), 'waiting', 'another-key b'],
    [listing([stranger, again], { isNews: true }), 'opening c'],
    [opened('another'), 'opening b'],
    [opened('same'), 'reinserted'],
  ],
  'another key that is taken out and put back is told again': [
    removed,
    [listing([stranger]), 'opening c'],
    [opened('another'), 'waiting', 'another-key c'],
    [listing([]), 'waiting'],
    [listing([stranger]), 'opening c'],
    [opened('another'), 'waiting', 'another-key c'],
  ],
  'a key that is taken out again while it is opened': [
    removed,
    [listing([again]), 'opening b'],
    [opened('gone'), 'waiting'],
    [listing([again]), 'opening b'],
    [opened('same'), 'reinserted'],
  ],
  'a new key that cannot be read is the end': [
    removed,
    [listing([again]), 'opening b'],
    [unreadable, 'failed: key-busy'],
  ],
  'two keys at once': [removed, [listing([again, stranger]), 'ambiguous: several-came 2']],
  'nobody comes': [
    removed,
    [listing([], { now: TIMEOUT_MS - 1 }), 'waiting'],
    [listing([], { now: TIMEOUT_MS }), 'timed-out'],
  ],
  'a key that comes in the last moment is still opened, and a wrong one told before the end': [
    removed,
    [listing([stranger], { now: TIMEOUT_MS }), 'opening c'],
    [opened('another', TIMEOUT_MS + 1), 'timed-out', 'another-key c'],
  ],
  'a key elsewhere is told once, after the time in which it may be the same key by its other interface': [
    removed,
    [listing([card]), 'waiting'],
    [listing([card], { now: 1_500 }), 'waiting'],
    [listing([card], { now: 1_501 }), 'waiting', 'other-transport R'],
    [listing([card], { now: 3_000 }), 'waiting'],
    [listing([], { now: 3_001 }), 'waiting'],
    [listing([card], { now: 4_000 }), 'waiting'],
    [listing([card], { now: 5_500 }), 'waiting', 'other-transport R'],
  ],
  'a key elsewhere is worth no word where it was all along, or where a key came': [
    [removal(card), 'waiting', 'insert'],
    [listing([card], { now: 9_000 }), 'waiting'],
    [listing([card, stranger], { now: 10_000 }), 'opening c'],
    [opened('another', 10_000), 'waiting', 'another-key c'],
    [listing([card, stranger], { now: 20_000 }), 'waiting'],
  ],
};

describe('scenarios', () => {
  test.each(Object.entries(scenarios))('%s', (_, lines) => {
    run(start(), lines);
  });
});

describe('twins without a serial number', () => {
  const lost: Line[] = [
    [removal(twin), 'waiting', 'insert'],
    [listing([]), 'waiting'],
    [listing([again]), 'opening b'],
  ];

  test('one that left as well may be the one that came', () => {
    run(start(wanted, false), [...lost, [opened('same'), 'ambiguous: twin-moved 2']]);
  });
  test('one that stays is none', () => {
    run(start(wanted, false), [
      [removal(twin), 'waiting', 'insert'],
      [listing([twin, again]), 'opening b'],
      [opened('same'), 'reinserted'],
    ]);
  });
  test('with a serial number they are told apart', () => {
    run(start(), [...lost, [opened('same'), 'reinserted']]);
  });
});

describe('another card on the same reader between two looks', () => {
  test('is opened again after news', () => {
    const mine = cardOn('R', { arrival: '1' });
    const other = cardOn('R', { arrival: '3' });
    run(start(mine), [
      [removal(), 'waiting', 'insert'],
      [listing([other]), 'opening R'],
      [opened('another'), 'waiting', 'another-key R'],
      [listing([cardOn('R', { arrival: '5' })], { isNews: true }), 'opening R'],
      [opened('same'), 'reinserted'],
    ]);
  });
});

describe('what the driver needs to know', () => {
  test('the first look is at once, the others twice a second, the last at the end of the time', () => {
    let { state } = step(start(), removal());
    expect(state).toMatchObject({ lookInMs: 0 });
    ({ state } = step(state, listing([])));
    expect(state).toMatchObject({ lookInMs: 500 });
    ({ state } = step(state, listing([], { now: TIMEOUT_MS - 100 })));
    expect(state).toMatchObject({ lookInMs: 100 });
  });

  test('a key just inserted may fail for a while, a stranger may not', () => {
    const opening = run(start(), [removed, [listing([stranger]), 'opening c']]);
    expect(opening).toMatchObject({ settleMs: 2_000 });
    const reopening = run(opening, [
      [opened('another'), 'waiting', 'another-key c'],
      [listing([stranger], { isNews: true }), 'opening c'],
    ]);
    expect(reopening).toMatchObject({ settleMs: 0 });
  });

  test('when the key was seen, and which places hold others', () => {
    const end = run(start(), [
      [removal(twin), 'waiting', 'insert'],
      [listing([twin, stranger]), 'opening c'],
      [opened('another'), 'waiting', 'another-key c'],
      [listing([twin, stranger, again], { now: 700 }), 'opening b'],
      [opened('same', 900), 'reinserted'],
    ]);
    expect(end).toEqual({ at: 'reinserted', seenAt: 700, others: new Set(['d|usb-d', 'c|usb-c']) });
  });

  test('a state stays as it was', () => {
    const { state } = step(start(), removal(stranger));
    const before = structuredClone(state.at === 'waiting-for-insertion' ? state.around.others : undefined);
    step(state, listing([]));
    expect(state).toMatchObject({ around: { others: before } });
  });

  test('what was not looked for is a bug', () => {
    expect(() => step(start(), opened('same'))).toThrow('no same is looked for while waiting-for-removal');
    expect(() => step({ at: 'timed-out' }, listing([]))).toThrow('while timed-out');
  });
});
