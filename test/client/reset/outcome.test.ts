import { describe, expect, test } from 'vitest';
import { Session } from '../../../src/client/session.ts';
import { FidoError } from '../../../src/errors.ts';
import { blank, configured, removed, sent, setUp } from '../../support/reset-setup.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';

const silent = new FidoError('no-answer', 'no answer');

async function failureOf(running: Promise<unknown>): Promise<FidoError> {
  return running.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe('the answer was lost, so the key itself is asked', () => {
  test.each<[string, Answer]>([
    ['silent', silent],
    ['the connection failed', new FidoError('transport-failed', 'an I/O error')],
    ['an empty answer', new Uint8Array(0)],
    ['removed, and there again', removed],
  ])('%s, and no PIN is left: it WAS reset', async (_, answer) => {
    const { finder, devices, run } = await setUp({ after: [[configured, answer, blank]] });
    await expect(run()).resolves.toBeInstanceOf(Session);
    expect(finder.told).toEqual(['remove', 'insert', 'window', 'looking', 'was-reset']);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
    expect(finder.watchers).toBe(0);
  });

  test('the PIN is still set: it was NOT reset, and that is said', async () => {
    const { finder, run } = await setUp({ after: [[configured, silent, ...Array(9).fill(configured)]] });
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ code: 'no-answer' });
    expect(failure.message).toContain('not reset');
    expect(failure.hint).toContain('Nothing was erased');
    expect(finder.told).not.toContain('was-reset');
  });

  test('the first look comes too early: a key that is still erasing gets time', async () => {
    const busy = new FidoError('key-busy', 'busy');
    const { run } = await setUp({
      after: [[configured, silent, busy, configured, blank]],
      lookAgainMs: 3000,
    });
    await expect(run()).resolves.toBeInstanceOf(Session);
  });

  test('it comes back only after a while, under another path', async () => {
    const gone: Answer = () => {
      finder.remove(keys[1]!);
      setTimeout(
        () => finder.insert(discovered(new ScriptedDevice([blank]), { path: '/dev/hidraw9', id: 'usb-new-port' })),
        300,
      );
      return removed;
    };
    const { finder, keys, run } = await setUp({ after: [[configured, gone]], lookAgainMs: 3000 });
    await expect(run()).resolves.toBeInstanceOf(Session);
  });

  test('it had no PIN: its state proves nothing, so it stays uncertain', async () => {
    const { run } = await setUp({ before: [blank], after: [[blank, silent, blank]] });
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ code: 'reset-uncertain' });
    expect(failure.hint).toContain('no PIN before');
  });

  test('it does not come back: uncertain', async () => {
    const gone: Answer = () => {
      finder.remove(keys[1]!);
      return removed;
    };
    const { finder, keys, run } = await setUp({ after: [[configured, gone]] });
    await expect(run()).rejects.toMatchObject({ code: 'reset-uncertain' });
  });

  test("another key's state is not taken for its own", async () => {
    const stranger = new ScriptedDevice(Array(9).fill(blank));
    const gone: Answer = () => {
      finder.remove(keys[1]!);
      finder.insert(discovered(stranger, { path: '/dev/hidraw9', id: 'usb-stranger', serial: '999' }));
      return removed;
    };
    const { finder, keys, run } = await setUp({ after: [[configured, gone]], key: { serial: '111' } });
    await expect(run()).rejects.toMatchObject({ code: 'reset-uncertain' });
  });
});

describe('removed too early', () => {
  const pulledWhile =
    (...statuses: number[]): Answer =>
    (options) => {
      for (const status of statuses) options.onKeepalive?.(status);
      return removed;
    };

  test('while it waited for its touch: nothing was erased, and that is said', async () => {
    const { finder, devices, run } = await setUp({ after: [[configured, pulledWhile(1, 2)]] });
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ code: 'key-removed' });
    expect(failure.message).toContain('before it was confirmed');
    expect(finder.told).not.toContain('looking');
    expect(sent(devices[1]!)).toEqual(['04', '07']);
  });

  test('after the first of two touches, while it waited for the second', async () => {
    const { run } = await setUp({ after: [[configured, pulledWhile(2, 1, 2)]] });
    await expect(run()).rejects.toMatchObject({ code: 'key-removed' });
  });

  test('after the touch: nobody knows but the key', async () => {
    const { run } = await setUp({ after: [[configured, pulledWhile(2, 1), blank]] });
    await expect(run()).resolves.toBeInstanceOf(Session);
  });
});

test('every end that is no reset has its own words and its own next step', async () => {
  const ends: [Answer, number][] = [0x30, 0x2f, 0x27, 0x01, 0x2d].map((status) => [status, status]);
  const said = new Set<string>();
  for (const [answer] of ends) {
    const { run } = await setUp({ after: [[configured, answer]] });
    const { message, hint } = await failureOf(run());
    expect(message).toContain('nothing was erased');
    expect(hint).toBeTruthy();
    said.add(`${message} ${hint}`);
  }
  expect(said.size).toBe(ends.length);
});

describe('a card that asks to be tapped again', () => {
  const card = { transport: 'nfc', path: undefined, reader: 'Reader', id: 'nfc-1' } as const;

  test('is lifted and laid down again, without a question', async () => {
    const { finder, run } = await setUp({
      key: card,
      after: [
        [configured, 0x3b],
        [configured, 0, blank],
      ],
    });
    await expect(run()).resolves.toBeInstanceOf(Session);
    expect(finder.told).toEqual(['remove', 'insert', 'window', 'remove', 'insert', 'window']);
  });

  test('but not for ever', async () => {
    const { run } = await setUp({ key: card, after: Array(3).fill([configured, 0x3b]) });
    await expect(run()).rejects.toMatchObject({ code: 'touch-timeout' });
  });

  test('a key on USB that says so is explained', async () => {
    const { run } = await setUp({ after: [[infoAnswer({ clientPin: true, rk: true }), 0x3b]] });
    await expect(run()).rejects.toMatchObject({ code: 'touch-timeout' });
  });
});
