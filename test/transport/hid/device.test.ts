import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import type { FidoError } from '../../../src/errors.ts';
import { findMaker } from '../../../src/makers/makers.ts';
import { type HidDeviceOptions, openHidDevice } from '../../../src/transport/hid/device.ts';
import { BROADCAST_CID, CAPABILITY, CTAPHID, HID_ERROR, toPackets } from '../../../src/transport/hid/framing.ts';
import { CID, FakeHidKey, initReply } from '../../support/fake-hid-key.ts';
import { vectors } from '../../support/vectors.ts';

const limits: HidDeviceOptions = { silenceMs: 120, cancelMs: 150, busyRetryMs: 2, busyLimitMs: 40 };
const GET_INFO = Uint8Array.of(4);

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function failure(promise: Promise<unknown>): Promise<FidoError> {
  return promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error) => error,
  );
}

async function opened(key = new FakeHidKey(), options: HidDeviceOptions = {}) {
  return { key, device: await openHidDevice(key, { ...limits, ...options }) };
}

describe('opening', () => {
  test('tells what the key says of itself', async () => {
    const { key, device } = await opened();
    expect(device).toMatchObject({ transport: 'usb', protocolVersion: 2, deviceVersion: '5.7.1', capabilities: 5 });
    expect(key.inits).toBe(1);
    await device.close();
    expect(key.closes).toBe(1);
  });
  test('ignores replies to other programs', async () => {
    const key = new FakeHidKey();
    key.intercept = (packet, self) => {
      self.send(BROADCAST_CID, CTAPHID.INIT, initReply(fromHex('e8f818b1639e6918'), 0x55, 4));
      self.receive(packet);
      return true;
    };
    const { device } = await opened(key);
    key.intercept = () => false;
    expect(await device.transact(GET_INFO)).toEqual(Uint8Array.of(0, 4));
    expect(key.begun[0]?.cid).toBe(CID);
  });
  test('an endless flood of them does not keep it waiting', async () => {
    const key = new FakeHidKey();
    const flood = setInterval(
      () => key.send(BROADCAST_CID, CTAPHID.INIT, initReply(fromHex('e8f818b1639e6918'), 0x55, 4)),
      1,
    );
    key.intercept = () => true;
    expect(await failure(opened(key))).toMatchObject({ code: 'no-answer' });
    clearInterval(flood);
    expect(key.closes).toBe(1);
  });
  test.each([
    ['a short reply', (nonce: Uint8Array) => initReply(nonce, CID, 4).subarray(0, 16)],
    ['channel 0', (nonce: Uint8Array) => initReply(nonce, 0, 4)],
    ['the broadcast channel', (nonce: Uint8Array) => initReply(nonce, BROADCAST_CID, 4)],
  ])('%s is malformed', async (_name, reply) => {
    const key = new FakeHidKey();
    key.intercept = (packet, self) => {
      self.send(BROADCAST_CID, CTAPHID.INIT, reply(packet.slice(7, 15)));
      return true;
    };
    expect(await failure(opened(key))).toMatchObject({ code: 'malformed-response' });
    expect(key.closes).toBe(1);
  });
  test('waits for a busy key, but not for ever', async () => {
    const key = new FakeHidKey();
    let busy = 3;
    key.intercept = (_packet, self) => {
      if (busy-- <= 0) return false;
      self.error(BROADCAST_CID, HID_ERROR.ERR_CHANNEL_BUSY);
      return true;
    };
    await opened(key);
    expect(key.inits).toBe(1);
    busy = Number.POSITIVE_INFINITY;
    expect(await failure(opened(key))).toMatchObject({ code: 'key-busy', hidError: 6 });
  });
  test('an error on the broadcast channel counts only if no reply comes', async () => {
    const key = new FakeHidKey();
    key.intercept = (_packet, self) => {
      self.error(BROADCAST_CID, HID_ERROR.ERR_INVALID_CHANNEL);
      return false;
    };
    await opened(key);
    key.intercept = (_packet, self) => {
      self.error(BROADCAST_CID, HID_ERROR.ERR_OTHER);
      return true;
    };
    expect(await failure(opened(key))).toMatchObject({ code: 'transport-failed', hidError: 0x7f });
  });
  test('a U2F-only key opens and winks, but takes no CBOR', async () => {
    const key = new FakeHidKey();
    key.capabilities = CAPABILITY.WINK;
    const { device } = await opened(key);
    await device.wink?.();
    const error = await failure(device.transact(GET_INFO));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.message).toContain('U2F');
    expect(key.begun.map(({ command }) => command)).toEqual([CTAPHID.WINK]);
  });
  test('without the capability there is no wink, without Yubico no serial', async () => {
    const key = new FakeHidKey();
    key.capabilities = CAPABILITY.CBOR;
    const { device } = await opened(key, { maker: findMaker({ vendorId: '096e' }) });
    expect(device.wink).toBeUndefined();
    expect(device.vendor).toBeUndefined();
  });
});

describe('answers', () => {
  test('the interleaved vector', async () => {
    const { key, device } = await opened();
    key.answer = (_message, self) => {
      for (const packet of vectors.ctaphid.interleaved.packets) self.sendPacket(fromHex(packet));
      self.running = undefined;
    };
    const seen: number[] = [];
    const answer = await device.transact(GET_INFO, { onKeepalive: (status) => seen.push(status) });
    expect(toHex(answer)).toBe(vectors.ctaphid.interleaved.expectPayload);
    expect(seen).toEqual(vectors.ctaphid.interleaved.expectKeepalives);
  });
  test('requests are cut as in the vectors', async () => {
    const { key, device } = await opened();
    // biome-ignore lint/suspicious/noExplicitAny: data
    for (const { cid, cmd, payload, packets, direction } of vectors.ctaphid.cases as any[]) {
      if (direction !== 'client' || cmd !== '01' || !packets) continue;
      expect(Number.parseInt(cid, 16)).toBe(CID);
      key.written.length = 0;
      await device.ping(fromHex(payload));
      expect(key.written.map(toHex)).toEqual(packets);
    }
  });
  test('any message there and back', async () => {
    const { device } = await opened();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 7609 }), (payload) => device.ping(payload)),
      { numRuns: 30 },
    );
    await device.ping(new Uint8Array(7609).fill(0xa5));
  });
  test('a process that stood still has not listened, so it does not call the key silent', async () => {
    const { key, device } = await opened();
    key.intercept = () => {
      key.intercept = () => false;
      setImmediate(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
        // It is there when the standstill ends, but timers come first.
        setImmediate(() => key.send(CID, CTAPHID.CBOR, Uint8Array.of(0, 7)));
      });
      return true;
    };
    expect(await device.transact(GET_INFO)).toEqual(Uint8Array.of(0, 7));
  });
  test('keepalives: the listener hears of changes alone, and they hold off the silence limit', async () => {
    const { key, device } = await opened(undefined, { silenceMs: 250 });
    key.answer = (message, self) => {
      let count = 0;
      const timer = setInterval(() => {
        self.keepalive(++count < 10 ? 1 : 2);
        if (count < 20) return;
        clearInterval(timer);
        self.echo(message);
      }, 20);
    };
    const seen: number[] = [];
    expect(await device.transact(GET_INFO, { onKeepalive: (status) => seen.push(status) })).toEqual(
      Uint8Array.of(0, 4),
    );
    expect(seen).toEqual([1, 2]);
  });
  test('a listener that throws ends the command, and its error comes out', async () => {
    const { key, device } = await opened();
    key.answer = (_message, self) => self.keepalive(2);
    const mistake = new TypeError('mistake');
    expect(
      await failure(
        device.transact(GET_INFO, {
          onKeepalive: () => {
            throw mistake;
          },
        }),
      ),
    ).toBe(mistake);
    expect(key.cancels).toBe(1);
    key.answer = (message, self) => self.echo(message);
    await device.transact(GET_INFO);
  });
  test('7,610 bytes are refused before anything is sent', async () => {
    const { key, device } = await opened();
    key.written.length = 0;
    expect(await failure(device.transact(new Uint8Array(7610)))).toMatchObject({ code: 'too-large' });
    expect(key.written).toEqual([]);
  });
  test('two commands at a time are a bug, not a FidoError', async () => {
    const { key, device } = await opened();
    const first = device.transact(GET_INFO);
    expect(await failure(device.transact(GET_INFO))).not.toHaveProperty('code');
    expect(await first).toEqual(Uint8Array.of(0, 4));
    expect(key.begun).toHaveLength(1);
  });
  test('vendor commands', async () => {
    const { key, device } = await opened();
    expect(await device.vendorCommand(0x42, Uint8Array.of(7))).toEqual(Uint8Array.of(0, 7));
    expect(key.begun[0]?.command).toBe(0x42);
    await expect(device.vendorCommand(0x10, GET_INFO)).rejects.toThrow(RangeError);
  });
});

describe('cancelling', () => {
  test('sends CANCEL once and returns the key’s answer', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    key.answer = (_message, self) => self.keepalive(2);
    const answer = device.transact(GET_INFO, { signal: abort.signal, onKeepalive: () => abort.abort() });
    expect(await answer).toEqual(Uint8Array.of(0x2d));
    expect(key.cancels).toBe(1);
    key.answer = (message, self) => self.echo(message);
    expect(await device.transact(GET_INFO)).toEqual(Uint8Array.of(0, 4));
  });
  test('the real result may win the race', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    key.answer = (_message, self) => self.keepalive(2);
    key.onCancel = (message, self) => self.echo(message);
    const answer = device.transact(GET_INFO, { signal: abort.signal, onKeepalive: () => abort.abort() });
    expect(await answer).toEqual(Uint8Array.of(0, 4));
  });
  test('after the answer it does nothing', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    await device.transact(GET_INFO, { signal: abort.signal });
    const written = key.written.length;
    abort.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(key.written).toHaveLength(written);
  });
  test('before the command nothing is sent', async () => {
    const { key, device } = await opened();
    key.written.length = 0;
    expect(await failure(device.transact(GET_INFO, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'interrupted',
    });
    expect(key.written).toEqual([]);
  });
  test('within a long request CANCEL waits for its last packet', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    key.answer = () => {};
    key.intercept = () => {
      if (key.written.length === 10) abort.abort();
      return false;
    };
    expect(await device.transact(new Uint8Array(2000), { signal: abort.signal })).toEqual(Uint8Array.of(0x2d));
    expect(key.cancels).toBe(1);
    expect(key.begun).toHaveLength(1);
  });
  test('a key that ignores it, with endless keepalives, is given up and then usable', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    key.answer = (_message, self) => {
      timer = setInterval(() => self.keepalive(2), 5);
    };
    key.onCancel = () => {};
    const answer = device.transact(GET_INFO, { signal: abort.signal, onKeepalive: () => abort.abort() });
    expect(await failure(answer)).toMatchObject({ code: 'no-answer' });
    clearInterval(timer);
    expect(key.cancels).toBe(1);
    expect(key.commands).toEqual(['04']);
    key.answer = (message, self) => self.echo(message);
    expect(await device.transact(Uint8Array.of(7))).toEqual(Uint8Array.of(0, 7));
  });
  test('an answer of a packet at a time, slowly, for ever', async () => {
    const { key, device } = await opened();
    const abort = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    key.answer = (message, self) => {
      const packets = toPackets(message.cid, message.command, new Uint8Array(7609));
      timer = setInterval(() => self.sendPacket(packets.shift() ?? new Uint8Array(64)), 20);
    };
    key.onCancel = () => {};
    const answer = device.transact(GET_INFO, { signal: abort.signal });
    setTimeout(() => abort.abort(), 60);
    expect(await failure(answer)).toMatchObject({ code: 'no-answer' });
    clearInterval(timer);
    expect(key.commands).toEqual(['04']);
  });
  test('a wink that is answered by keepalives for ever ends too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), ms);
      return abort.signal;
    });
    try {
      const { key, device } = await opened();
      key.answer = (_message, self) => void setInterval(() => self.keepalive(1), 50);
      let ended: FidoError | undefined;
      device.wink?.().catch((error) => {
        ended = error;
      });
      for (let turn = 0; turn < 400 && !ended; turn++) {
        await vi.advanceTimersByTimeAsync(50);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(ended).toMatchObject({ code: 'no-answer' });
    } finally {
      timeout.mockRestore();
      vi.useRealTimers();
    }
  });
  test('while the key is busy it ends the waiting', async () => {
    const { key, device } = await opened(undefined, { busyLimitMs: 10_000 });
    const abort = new AbortController();
    key.intercept = (_packet, self) => {
      self.error(CID, HID_ERROR.ERR_CHANNEL_BUSY);
      if (key.written.length > 4) abort.abort();
      return true;
    };
    expect(await failure(device.transact(GET_INFO, { signal: abort.signal }))).toMatchObject({ code: 'interrupted' });
    expect(key.begun).toEqual([]);
  });
});

describe('closing', () => {
  test('twice is once', async () => {
    const { key, device } = await opened();
    await Promise.all([device.close(), device.close()]);
    await device.close();
    expect(key.closes).toBe(1);
    expect(await failure(device.transact(GET_INFO))).not.toHaveProperty('code');
  });
  test('cancels what is running and reads its answer first', async () => {
    const { key, device } = await opened();
    key.answer = (_message, self) => self.keepalive(2);
    let closing: Promise<void> | undefined;
    const answer = device.transact(GET_INFO, {
      onKeepalive: () => {
        closing = device.close();
      },
    });
    key.onCancel = (message, self) => {
      expect(self.closes).toBe(0);
      self.send(message.cid, message.command, Uint8Array.of(0x2d));
    };
    expect(await answer).toEqual(Uint8Array.of(0x2d));
    await closing;
    expect(key).toMatchObject({ closes: 1, cancels: 1, running: undefined });
  });
  test('never throws and never hangs', async () => {
    const key = new FakeHidKey();
    const { device } = await opened(key);
    key.close = () => Promise.reject(new Error('driver'));
    await device.close();
    const stuck = new FakeHidKey();
    const { device: other } = await opened(stuck);
    stuck.close = () => new Promise(() => {});
    await other.close();
  });
  test('a removed key closes too', async () => {
    const { key, device } = await opened();
    key.remove();
    expect(await failure(device.transact(GET_INFO))).toMatchObject({ code: 'key-removed' });
    await device.close();
    expect(key.closes).toBe(1);
  });
});
