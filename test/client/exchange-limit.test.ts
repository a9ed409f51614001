/** No key keeps anybody waiting for ever, and no command that may have been carried out is given up in silence. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Session } from '../../src/client/session.ts';
import { authenticatorConfig } from '../../src/ctap2/commands/authenticator-config.ts';
import { getInfo } from '../../src/ctap2/commands/get-info.ts';
import { selection } from '../../src/ctap2/commands/selection.ts';
import { CTAP_STATUS as S } from '../../src/ctap2/status.ts';
import { FidoError, isTransportFailure } from '../../src/errors.ts';
import { KEEPALIVE, type TransactOptions } from '../../src/transport/device.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const CONFIG = { subCommand: 1 };

/** Tells `statuses`, one a second, over and over, until it is told to stop; then answers `last`, or nothing at all. */
function endless(statuses: readonly number[], last: number | FidoError | undefined) {
  return ({ signal, onKeepalive }: TransactOptions) =>
    new Promise<number | FidoError>((resolve) => {
      let count = 0;
      const timer = setInterval(() => onKeepalive?.(statuses[count++ % statuses.length] as number), 1_000);
      signal?.addEventListener('abort', () => {
        clearInterval(timer);
        resolve(last ?? new FidoError('no-answer', 'the key does not answer after it was told to stop'));
      });
    });
}

async function outcome(call: Promise<unknown>): Promise<{ seconds: number; error: FidoError | undefined }> {
  const begin = performance.now();
  let ended: { error: FidoError | undefined } | undefined;
  call.then(
    () => {
      ended = { error: undefined };
    },
    (error) => {
      ended = { error };
    },
  );
  while (!ended && performance.now() - begin < 600_000) await vi.advanceTimersByTimeAsync(500);
  if (!ended) throw new Error('it waits for ever');
  return { seconds: Math.round((performance.now() - begin) / 1000), error: ended.error };
}

const open = (answer: ReturnType<typeof endless>, options: { personMs?: number; signal?: AbortSignal } = {}) =>
  Session.open(discovered(new ScriptedDevice([answer])), options);
const { processing, upneeded } = KEEPALIVE;

describe('a key that never ends', () => {
  test('working on getInfo: ten seconds', async () => {
    const session = await open(endless([processing], S.CTAP2_ERR_KEEPALIVE_CANCEL));
    const { seconds, error } = await outcome(session.info());
    expect(error).toMatchObject({ code: 'no-answer', message: 'the key has not finished getInfo within 10 s' });
    expect(seconds).toBeLessThan(12);
  });

  test('working on a command that changes something: a minute, and no word that it is undone', async () => {
    const session = await open(endless([processing], undefined));
    const { seconds, error } = await outcome(session.call(authenticatorConfig, CONFIG));
    expect(error).toMatchObject({ code: 'no-answer', answerLost: true });
    expect(error?.hint).toContain('look whether anything has changed');
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThan(63);
  });

  test.each([2, 60, 300])('waiting for a touch: as long as --timeout %i says', async (timeout) => {
    const session = await open(endless([upneeded], S.CTAP2_ERR_KEEPALIVE_CANCEL), { personMs: timeout * 1000 });
    const { seconds, error } = await outcome(session.call(selection, {}));
    expect(error).toMatchObject({ code: 'touch-timeout', message: `nobody touched the key within ${timeout} s` });
    expect(Math.abs(seconds - timeout)).toBeLessThan(4);
  });

  test('going to and fro between the two gains nothing', async () => {
    const session = await open(endless([processing, upneeded], S.CTAP2_ERR_KEEPALIVE_CANCEL), { personMs: 40_000 });
    const { seconds, error } = await outcome(session.call(selection, {}));
    expect(error).toMatchObject({ code: 'touch-timeout' });
    expect(seconds).toBeLessThan(90);
  });

  test('asking for a touch at getInfo is no reason to wait for a person', async () => {
    const session = await open(endless([upneeded], S.CTAP2_ERR_KEEPALIVE_CANCEL), { personMs: 300_000 });
    expect((await outcome(session.call(getInfo, {}))).seconds).toBeLessThan(12);
  });

  test('the touch that comes in the moment of the limit counts', async () => {
    const session = await open(endless([upneeded], S.CTAP2_OK), { personMs: 5_000 });
    expect((await outcome(session.call(selection, {}))).error).toBeUndefined();
  });
});

test('a key that takes its time, and asks for a touch late, is waited for', async () => {
  const answer = async ({ onKeepalive }: TransactOptions) => {
    onKeepalive?.(processing);
    await new Promise((resolve) => setTimeout(resolve, 50_000));
    onKeepalive?.(upneeded);
    await new Promise((resolve) => setTimeout(resolve, 55_000));
    return S.CTAP2_OK;
  };
  const session = await Session.open(discovered(new ScriptedDevice([answer])));
  expect((await outcome(session.call(selection, {}))).error).toBeUndefined();
});

describe('Ctrl-C', () => {
  async function interrupted(answer: ReturnType<typeof endless>, call: (session: Session) => Promise<unknown>) {
    const interrupt = new AbortController();
    const session = await open(answer, { signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 3_000);
    return outcome(call(session));
  }

  test('and the key stopped: interrupted, and nothing else to say', async () => {
    const { error } = await interrupted(endless([upneeded], S.CTAP2_ERR_KEEPALIVE_CANCEL), (session) =>
      session.call(authenticatorConfig, CONFIG),
    );
    expect(error).toMatchObject({ code: 'interrupted', message: 'interrupted' });
    expect(isTransportFailure(error)).toBe(false);
  });

  test('and the key says nothing: interrupted, and that the command may have been carried out', async () => {
    const { error } = await interrupted(endless([processing], undefined), (session) =>
      session.call(authenticatorConfig, CONFIG),
    );
    expect(error).toMatchObject({ code: 'interrupted', answerLost: true });
    expect(error?.message).toContain('whether authenticatorConfig was carried out is not known');
    // What explains lost answers explains this one too.
    expect(isTransportFailure(error)).toBe(true);
  });

  test('and the key is pulled out: interrupted all the same, and what became of it is not known', async () => {
    const { error } = await interrupted(endless([processing], new FidoError('key-removed', 'gone')), (session) =>
      session.call(authenticatorConfig, CONFIG),
    );
    expect(error).toMatchObject({ code: 'interrupted', answerLost: true });
    expect(error?.message).toBe('gone; whether authenticatorConfig was carried out is not known');
  });

  test('at a command that changes nothing: no such word', async () => {
    const { error } = await interrupted(endless([processing], undefined), (session) => session.info());
    expect(error).toMatchObject({ code: 'interrupted', message: 'interrupted' });
    expect(error?.answerLost).toBeUndefined();
  });

  test('while a key is being opened, which never ends', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 3_000);
    const never = discovered(new ScriptedDevice([]), { open: () => new Promise(() => {}) });
    const { seconds, error } = await outcome(Session.open(never, { signal: interrupt.signal }));
    expect([error?.code, seconds]).toEqual(['interrupted', 3]);
  });
});

test('limits leave no timer behind that would keep a program running', async () => {
  const session = await Session.open(discovered(new ScriptedDevice([infoAnswer({ rk: true })])));
  await session.info();
  expect(vi.getTimerCount()).toBe(0);
});
