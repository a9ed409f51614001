import { describe, expect, test } from 'vitest';
import { blink, waitForTouch } from '../../src/client/identify/identify.ts';
import { Session } from '../../src/client/session.ts';
import type { CborValue } from '../../src/encoding/cbor.ts';
import { FidoError } from '../../src/errors.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';
import { World } from '../support/software-world.ts';

const info = infoAnswer({});
const never = new AbortController().signal;
/** The key asks for the touch, and answers when it was given or not. */
const waitsThen =
  (answer: Answer): Answer =>
  (options) => {
    options.onKeepalive?.(2);
    return answer;
  };
/** Nobody comes, and the cancellation is answered. */
const untilCancelled: Answer = (options) => {
  options.onKeepalive?.(2);
  return new Promise((resolve) => options.signal?.addEventListener('abort', () => resolve(0x2d)));
};

async function keys(...answers: Answer[][]) {
  const devices = answers.map((list) => new ScriptedDevice(list));
  const sessions = await Promise.all(devices.map((device) => Session.open(discovered(device))));
  const excluded: [number, string][] = [];
  const onExcluded = (session: Session, { code }: FidoError) => excluded.push([sessions.indexOf(session), code]);
  const wait = async (signal = never) => sessions.indexOf(await waitForTouch(sessions, { onExcluded, signal }));
  return { devices, sessions, excluded, wait };
}

describe('which key is touched', () => {
  test('the others are cancelled', async () => {
    const { wait, excluded } = await keys([untilCancelled], [waitsThen(0)], [untilCancelled]);
    expect(await wait()).toBe(1);
    expect(excluded).toEqual([]);
  });

  test('one that answers without waiting was touched by nobody', async () => {
    const { wait, excluded } = await keys([0], [waitsThen(0)]);
    expect(await wait()).toBe(1);
    expect(excluded).toEqual([[0, 'unsupported']]);
  });

  test.each<[string, number]>([
    ['no PIN is set', 0x35],
    ['one is', 0x31],
    ['as TrustKey and eWBM say it', 0x33],
    ['it made the credential', 0],
  ])('a key of CTAP 2.0 is asked by a makeCredential that makes none: %s', async (_, status) => {
    const made = new Map<CborValue, CborValue>([
      [1, 'none'],
      [2, new Uint8Array(37)],
      [3, new Map()],
    ]);
    const { wait, devices } = await keys([0x01, info, waitsThen(status === 0 ? made : status)]);
    expect(await wait()).toBe(0);
    expect(devices[0]!.requests.map((request) => request.slice(0, 2))).toEqual(['0b', '04', '01']);
  });

  test('one that refuses that, too, cannot take part; if it is alone that is the end', async () => {
    const { wait, excluded } = await keys([0x01, info, 0x14]);
    await expect(wait()).rejects.toMatchObject({ code: 'unsupported' });
    expect(excluded).toEqual([[0, 'unsupported']]);
  });

  test.each([0x2f, 0x3a, 0x27])('asked again when the key gave up (%i), until somebody comes', async (status) => {
    const { wait, devices } = await keys([waitsThen(status), waitsThen(status), waitsThen(0)]);
    expect(await wait()).toBe(0);
    expect(devices[0]!.requests).toEqual(['0b', '0b', '0b']);
  });

  test('one that is pulled out is no answer', async () => {
    const removed = new FidoError('key-removed', 'removed');
    const { wait, excluded } = await keys([waitsThen(removed)], [waitsThen(0x2f), waitsThen(0)]);
    expect(await wait()).toBe(1);
    expect(excluded).toEqual([[0, 'key-removed']]);
  });

  test('when the time is over, all are cancelled', async () => {
    const over = new AbortController();
    const { wait } = await keys([untilCancelled], [untilCancelled]);
    setTimeout(() => over.abort(), 20);
    await expect(wait(over.signal)).rejects.toMatchObject({ code: 'interrupted' });
  });

  test.each(['ctap-2.0', 'ctap-2.1-pre', 'trustkey-t110', 'ctap-2.3'])('%s: nothing is left on it', async (model) => {
    const world = new World('usb', model);
    const { credentials, pin } = world.authenticator.state;
    const before = JSON.stringify([credentials, pin]);
    const session = await world.openSession();
    expect(await waitForTouch([session], { signal: never })).toBe(session);
    expect(world.told).toContain('touch');
    expect(JSON.stringify([world.authenticator.state.credentials, world.authenticator.state.pin])).toBe(before);
  });
});

describe('blinking', () => {
  const options = { blinkMs: 30 };
  const blinked = async (answers: Answer[], wink?: () => Promise<void>) => {
    const device = Object.assign(new ScriptedDevice(answers), wink && { wink });
    const seen: string[] = [];
    const result = await blink(await Session.open(discovered(device)), {
      ...options,
      onBlink: (how) => seen.push(how),
    });
    return [result, ...seen];
  };

  test('by winking', async () => {
    expect(await blinked([], async () => {})).toEqual(['winked', 'winked']);
  });
  test('by waiting for a touch, which may come', async () => {
    expect(await blinked([untilCancelled])).toEqual(['blinked', 'waits']);
    expect(await blinked([waitsThen(0)])).toEqual(['touched', 'waits']);
  });
  test('a wink that fails is no end', async () => {
    const fails = () => Promise.reject(new FidoError('transport-failed', 'no'));
    expect(await blinked([untilCancelled], fails)).toEqual(['blinked', 'waits']);
  });
  test('a key that answers at once has not blinked, and was not touched', async () => {
    await expect(blinked([0])).rejects.toMatchObject({ code: 'unsupported' });
    await expect(blinked([0x01, info, 0x01])).rejects.toMatchObject({ code: 'unsupported' });
  });
  test('a card has nothing to blink with', async () => {
    const world = new World('nfc', 'yubikey-5-nfc');
    const session = await world.openSession();
    await expect(blink(session, options)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'a card has nothing to blink with',
    });
  });
});
