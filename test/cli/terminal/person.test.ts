import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Output } from '../../../src/cli/terminal/output.ts';
import { Person } from '../../../src/cli/terminal/person.ts';
import { PinInput } from '../../../src/cli/terminal/pin-input.ts';
import type { DiscoveredKey } from '../../../src/transport/device.ts';

const key = { id: 'usb-1', transport: 'usb', name: 'Evil\u001b[2J Key' } as DiscoveredKey;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A person before a terminal of 80 columns, or reading a log. */
function watching(terminal: boolean, { columns = 80, timeoutMs = 60_000 } = {}) {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: terminal, columns })];
  let written = '';
  stderr.on('data', (chunk) => {
    written += chunk;
  });
  const out = new Output({ json: false, quiet: false, color: false, stdout, stderr });
  const person = new Person({
    out,
    pins: new PinInput({ canAsk: false }),
    canAsk: false,
    yes: false,
    timeoutMs,
    hasPinFile: false,
  });
  /** Lines as they were drawn, each clearing of the line beginning another. */
  const lines = () =>
    written
      .replaceAll('\r\u001b[2K', '\n')
      .split('\n')
      .filter((line) => line !== '');
  return { out, person, lines };
}

describe('waiting for a touch to confirm a reset', () => {
  test('counts nothing down: a touch after the ten seconds erases as well', () => {
    const { person, lines, out } = watching(true);
    person.resetWindow();
    person.touch({ reason: 'reset', hold: false });
    vi.advanceTimersByTime(40_000);
    expect(lines().slice(1)).toEqual(['Touch the key now to confirm the reset. Ctrl-C cancels.']);
    out.waitingOver();
    const drawn = lines().length;
    vi.advanceTimersByTime(5_000);
    expect(lines()).toHaveLength(drawn);
  });

  test.each(['touch', 'touch-metal-contact', 'touch-fingerprint-sensor', 'hold', 'touch-on-reader'] as const)(
    '%s: how to get out of it fits a line of 80 columns too',
    (gesture) => {
      const { person, lines } = watching(true);
      person.touch({ reason: 'reset', hold: false, gesture });
      person.touch({ reason: 'reset', hold: false, gesture, count: 2 });
      for (const line of lines()) expect(line).toMatch(/Ctrl-C cancels\.$/);
      expect(lines()).toHaveLength(2);
    },
  );

  test('a key that wants to be held says so', () => {
    const { person, lines } = watching(true);
    person.touch({ reason: 'reset', hold: true });
    expect(lines()[0]).toContain('Press and hold the key for 5 seconds');
  });

  test('where nobody watches, each thing is said once', () => {
    const { person, lines } = watching(false);
    person.touch({ reason: 'reset', hold: false });
    vi.advanceTimersByTime(20_000);
    expect(lines()).toHaveLength(1);
  });
});

test.each([
  ['usb', 'insert the one that was removed'],
  ['nfc', 'put back the one that was taken away'],
  ['radio', 'connect the one that was disconnected'],
] as const)('another key on %s is said to be left alone', (transport, wanted) => {
  const { person, lines } = watching(false);
  person.wrongKey({ ...key, transport, name: 'Key' }, 'another-key', { ...key, transport });
  expect(lines()).toEqual([`That is another key (Key). It is left alone; ${wanted}.`]);
});

test.each([
  ['usb', 'nfc', 'There is a key in a USB port now (Key). That does not count: put the key back on its reader.'],
  ['nfc', 'usb', 'There is a key on a reader now (Key). That does not count: insert the key into a USB port.'],
  ['usb', 'radio', 'There is a key in a USB port now (Key). That does not count: connect the key as it was before.'],
  [
    'radio',
    'usb',
    'There is a key connected in another way now (Key). That does not count: insert the key into a USB port.',
  ],
])('a key on %s where one on %s is waited for does not count', (transport, waitedFor, said) => {
  const { person, lines } = watching(false);
  person.wrongKey({ ...key, transport, name: 'Key' }, 'other-transport', { ...key, transport: waitedFor });
  expect(lines()).toEqual([said]);
});

test('a name from a key cannot command the terminal', () => {
  const { person, lines } = watching(true);
  person.removeKey(key, 'unplug');
  expect(lines().join('')).toContain('Evil\\u{1b}[2J Key');
});

test('no line is wider than the terminal, so that it can be redrawn', () => {
  const { person, lines } = watching(true, { columns: 40 });
  person.removeKey({ ...key, name: 'A key with a very long name that no narrow terminal can show' }, 'unplug');
  vi.advanceTimersByTime(3_000);
  for (const line of lines()) expect(line.length).toBeLessThan(40);
});

test('a terminal that does not know its width gets whole lines', () => {
  const { person, lines } = watching(true, { columns: 0 });
  person.removeKey({ ...key, name: 'Key' }, 'unplug');
  expect(lines()[0]).toBe('Remove the key from its USB port now (Key): 60 s');
});

test('removal and insertion count down what --timeout gives', () => {
  const { person, lines } = watching(true, { timeoutMs: 5_000 });
  person.removeKey({ ...key, name: 'Key' }, 'unplug');
  vi.advanceTimersByTime(2_000);
  person.insertKey(key, 'plug');
  expect(lines().map((line) => /(\d+) s$/.exec(line)?.[1])).toEqual(['5', '4', '3', '5']);
});

test('the last try is not spent where nobody can be asked', async () => {
  const { person } = watching(false);
  await expect(person.confirmLastTry()).rejects.toMatchObject({ code: 'input-required' });
});

describe('waiting for a finger', () => {
  test('says how long, for as long as --timeout says', () => {
    const { person, lines } = watching(true);
    void person.verifyUser({ retries: 5, canUsePin: true, timeoutMs: 7_000 });
    vi.advanceTimersByTime(1_000);
    expect(lines()).toEqual([
      'Put an enrolled finger on the sensor (5 tries left). 7 s',
      'Put an enrolled finger on the sensor (5 tries left). 6 s',
    ]);
    expect(watching(true, { timeoutMs: 7_000 }).person.fingerTimeoutMs).toBe(7_000);
  });

  test('in vain, where nobody can be asked for the PIN: a finger or --pin-file is what would help', () => {
    const { person } = watching(false);
    person.userVerificationTimeout();
    expect(() => person.requestPin({ which: 'current' })).toThrow(
      expect.objectContaining({
        code: 'touch-timeout',
        message: 'no finger was put on the sensor in time, and nobody can be asked for the PIN',
        hint: expect.stringMatching(/finger on the sensor.*--pin-file PATH/),
      }),
    );
  });
});
