import { describe, expect, test } from 'vitest';
import { Session } from '../../../src/client/session.ts';
import type { CborValue } from '../../../src/encoding/cbor.ts';
import { FidoError } from '../../../src/errors.ts';
import { blank, configured, removed, sent, setUp } from '../../support/reset-setup.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';

describe('the whole way', () => {
  test('remove, insert, one getInfo, reset at once, touch, getInfo read again', async () => {
    const touched: Answer = (options) => {
      options.onKeepalive?.(1);
      options.onKeepalive?.(2);
      options.onKeepalive?.(1);
      return 0;
    };
    const { finder, devices, run } = await setUp({ after: [[configured, touched, blank]] });
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'window', 'touch', 'processing']);
    expect(devices.map(sent)).toEqual([['04'], ['04', '07', '04']]);
    expect(devices[0]!.closed).toBeGreaterThan(0);
    expect(finder.watchers).toBe(0);
  });

  test('a key with longTouchForReset is to be held', async () => {
    const long: [number, CborValue][] = [[0x18, true]];
    const info = infoAnswer({ clientPin: true }, long);
    const held: Answer = (options) => {
      options.onKeepalive?.(2);
      return 0;
    };
    const { finder, run } = await setUp({
      before: [info],
      after: [[info, held, infoAnswer({ clientPin: false }, long)]],
    });
    await run();
    expect(finder.told).toContain('hold');
  });

  test('encrypted members that change by themselves do not make it another key', async () => {
    const one = infoAnswer({ clientPin: true }, [
      [0x19, new Uint8Array(32).fill(1)],
      [0x1e, new Uint8Array(32).fill(1)],
    ]);
    const two = infoAnswer({ clientPin: true }, [
      [0x19, new Uint8Array(32).fill(2)],
      [0x1e, new Uint8Array(32).fill(2)],
    ]);
    const { run } = await setUp({ before: [one], after: [[two, 0, blank]] });
    await expect(run()).resolves.toBeInstanceOf(Session);
  });
});

describe('never "done" when it is not', () => {
  test.each<[string, Answer, string]>([
    ['too late', 0x30, 'reset-too-late'],
    ['too late, as some keys say it', 0x34, 'reset-too-late'],
    ['no touch', 0x2f, 'touch-timeout'],
    ['no touch, as Yubico says it', 0x3a, 'touch-timeout'],
    ['refused', 0x27, 'operation-denied'],
    ['no such command', 0x01, 'unsupported'],
    ['any other status', 0x7f, 'refused'],
    ['cancelled on the key', 0x2d, 'operation-denied'],
  ])('%s', async (_, answer, code) => {
    const { devices, run } = await setUp({ after: [[configured, answer]] });
    await expect(run()).rejects.toMatchObject({ code });
    expect(sent(devices[1]!)).toEqual(['04', '07']);
    expect(devices[1]!.closed).toBeGreaterThan(0);
  });

  test('done, yet a PIN is set', async () => {
    const { run } = await setUp({ after: [[configured, 0, configured]] });
    await expect(run()).rejects.toMatchObject({ code: 'reset-uncertain' });
  });

  test('done, yet it cannot be read', async () => {
    const { run } = await setUp({ after: [[configured, 0, ...Array(9).fill(removed)]] });
    await expect(run()).rejects.toMatchObject({ code: 'reset-uncertain' });
  });

  test('done, and read once it is opened again, whether it had a PIN or not', async () => {
    for (const before of [configured, blank]) {
      const { devices, run } = await setUp({ before: [before], after: [[before, 0, removed, blank]] });
      await expect(run()).resolves.toBeInstanceOf(Session);
      expect(sent(devices[1]!)).toEqual(['04', '07', '04', '04']);
    }
  });

  test('done, and read once its applet is selected again', async () => {
    const { devices, run } = await setUp({ after: [[configured, 0, blank]] });
    let selected = 0;
    Object.assign(devices[1]!, { reselect: async () => void selected++ });
    await run();
    expect(selected).toBe(1);
  });
});

describe('Ctrl-C: what is known of the key is said', () => {
  test('interrupted, yet the key had done it: that is said', async () => {
    const interruption = new AbortController();
    const late: Answer = () => {
      interruption.abort();
      return 0;
    };
    const { run } = await setUp({ after: [[configured, late, blank]], signal: interruption.signal });
    const failure: FidoError = await run().then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'interrupted' });
    expect(failure.message).toContain('it is erased');
  });

  test.each<[string, Answer, string]>([
    ['the key answers that it has stopped', 0x2d, 'nothing was erased'],
    ['the key answers that nobody came', 0x2f, 'the key was not touched in time; nothing was erased'],
    [
      'the key says that it was too late',
      0x30,
      'the reset came too late after the key was inserted; nothing was erased',
    ],
    ['it is pulled out while it waits', removed, 'the key was removed before it was confirmed; nothing was erased'],
    [
      'the transport gives up, so nobody knows',
      new FidoError('interrupted', 'the key did not stop', { answerLost: true }),
      'the key did not say what became of the reset; whether it was erased is not known',
    ],
    [
      'the key is silent, so nobody knows',
      new FidoError('no-answer', 'no answer'),
      'the key did not say what became of the reset; whether it was erased is not known',
    ],
  ])('while it waits for the touch: %s', async (_, answer, message) => {
    const interruption = new AbortController();
    const waiting: Answer = (options) => {
      options.onKeepalive?.(2);
      interruption.abort();
      return answer as never;
    };
    const { devices, run } = await setUp({ after: [[configured, waiting]], signal: interruption.signal });
    await expect(run()).rejects.toMatchObject({ code: 'interrupted', message });
    expect(sent(devices[1]!)).toEqual(['04', '07']);
  });
});

describe('the ten seconds', () => {
  test('too late: offers to repeat from the removal, and does', async () => {
    const { finder, devices, run } = await setUp({
      after: [
        [configured, 0x30],
        [configured, 0, blank],
      ],
    });
    finder.repeat = true;
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'window', 'repeat?', 'remove', 'insert', 'window']);
    expect(sent(devices[2]!)).toEqual(['04', '07', '04']);
  });

  test('too late, and the question whether to repeat fails: the key is let go', async () => {
    const { finder, devices, run } = await setUp({ after: [[configured, 0x30]] });
    finder.interaction.confirmRepeat = async () => {
      throw new Error('the window is gone');
    };
    await expect(run()).rejects.toThrow('the window is gone');
    expect(devices[1]!.closed).toBe(1);
  });

  test('a transport that bars reset is refused before anyone unplugs anything', async () => {
    const nfcOnly = infoAnswer({ clientPin: true }, [[0x1a, ['nfc']]]);
    const { finder, run } = await setUp({ before: [nfcOnly], after: [] });
    const failure: FidoError = await run().then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'unsupported', message: 'this key does not accept a reset over USB' });
    expect(failure.hint).toContain('NFC');
    expect(finder.told).toEqual([]);
  });
});

describe('the person', () => {
  test('never removes it', async () => {
    const { finder, devices, run } = await setUp({ after: [], timeoutMs: 20 });
    finder.onRemove = () => {};
    await expect(run()).rejects.toMatchObject({ code: 'person-timeout' });
    expect(sent(devices[0]!)).toEqual(['04']);
  });

  test('never inserts it', async () => {
    const { finder, run } = await setUp({ after: [], timeoutMs: 20 });
    finder.onInsert = () => {};
    await expect(run()).rejects.toMatchObject({ code: 'person-timeout' });
    expect(finder.watchers).toBe(0);
  });

  test.each(['remove', 'insert'])('interrupts while asked to %s', async (when) => {
    const interruption = new AbortController();
    const { finder, run } = await setUp({ after: [], signal: interruption.signal });
    const interrupt = () => interruption.abort();
    if (when === 'remove') finder.onRemove = interrupt;
    else finder.onInsert = interrupt;
    await expect(run()).rejects.toMatchObject({ code: 'interrupted', message: 'nothing was erased' });
  });

  test('takes it out again at once: waiting goes on', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured, 0, blank]] });
    const fleeting = discovered(new ScriptedDevice([removed]));
    finder.onInsert = () => {
      finder.insert(fleeting);
      setTimeout(() => {
        finder.remove(fleeting);
        finder.insert(keys[1]!);
      }, 20);
    };
    await run();
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });
});
