import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex } from '../../../src/encoding/bytes.ts';
import { FidoError } from '../../../src/errors.ts';
import type { HidConnection } from '../../../src/transport/hid/connection.ts';
import { type HidDevice, type HidDeviceOptions, openHidDevice } from '../../../src/transport/hid/device.ts';
import { BROADCAST_CID, CTAPHID, HID_ERROR, parsePacket, toPackets } from '../../../src/transport/hid/framing.ts';
import { CID, FakeHidKey } from '../../support/fake-hid-key.ts';
import { drop, faulty, flip, removeAt, reorder, stallWrites } from '../../support/hid-faults.ts';
import { vectors } from '../../support/vectors.ts';

const limits: HidDeviceOptions = { silenceMs: 120, cancelMs: 150, busyRetryMs: 2, busyLimitMs: 30 };
const COMMAND = Uint8Array.of(0x06);
const NEXT = Uint8Array.of(0x04);
const LONG_ANSWER = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function failure(promise: Promise<unknown>): Promise<FidoError> {
  const result = await promise.then(
    () => undefined,
    (error) => error,
  );
  expect(result).toBeInstanceOf(FidoError);
  return result;
}

/** The key works again, and has begun with COMMAND as often as said. */
async function usable(key: FakeHidKey, device: HidDevice, begun = 1): Promise<void> {
  key.intercept = () => false;
  key.answer = (message, self) => self.echo(message);
  expect(await device.transact(NEXT)).toEqual(Uint8Array.of(0, 4));
  expect(key.commands).toEqual([...Array(begun).fill('06'), '04']);
  await device.close();
}

async function opened(wrap: (key: FakeHidKey) => HidConnection = (key) => key, other: Partial<typeof limits> = {}) {
  const key = new FakeHidKey();
  return { key, device: await openHidDevice(wrap(key), { ...limits, ...other }) };
}

const longAnswer = (message: { cid: number; command: number }, key: FakeHidKey) =>
  key.send(message.cid, message.command, LONG_ANSWER);

describe('lost and disordered packets', () => {
  // Packet 0 from the key is its INIT reply, 1 to 6 are the answer.
  test.each([1, 2, 4, 6])('the key’s packet %i is lost', async (index) => {
    const { key, device } = await opened((inner) => drop(inner, index));
    key.answer = longAnswer;
    const { code } = await failure(device.transact(COMMAND));
    // Without its first or last packet the answer just never ends.
    expect(code).toBe(index === 1 || index === 6 ? 'no-answer' : 'transport-failed');
    await usable(key, device);
  });
  test.each([1, 2, 5])('the key’s packets %i and the next change places', async (index) => {
    const { key, device } = await opened((inner) => reorder(inner, index));
    key.answer = longAnswer;
    expect(['transport-failed', 'no-answer']).toContain((await failure(device.transact(COMMAND))).code);
    await usable(key, device);
  });
  test('the INIT reply is lost', async () => {
    const key = new FakeHidKey();
    expect(await failure(openHidDevice(drop(key, 0), limits))).toMatchObject({ code: 'no-answer' });
    expect(key.closes).toBe(1);
  });
  test('a packet of the request is lost: the key says so, nothing is sent twice', async () => {
    const { key, device } = await opened((inner) =>
      faulty(inner, { write: async (packet, index, forward) => (index === 3 ? undefined : forward(packet)) }),
    );
    expect(await failure(device.transact(new Uint8Array(300)))).toMatchObject({
      code: 'transport-failed',
      hidError: 4,
    });
    await usable(key, device, 0);
  });
  test('the sequence vector', async () => {
    const { key, device } = await opened();
    const [jump] = vectors.ctaphid.reassemblyErrors;
    key.answer = (_message, self) => {
      for (const packet of jump.packets) self.sendPacket(fromHex(packet));
    };
    // The vector is a PING.
    expect(await failure(device.ping(COMMAND))).toMatchObject({ code: 'transport-failed' });
    await usable(key, device, 0);
  });
  test('a continuation without a start is ignored, also as a flood', async () => {
    const { key, device } = await opened();
    const stray = fromHex(vectors.ctaphid.reassemblyErrors[2].packets[0]);
    key.answer = (message, self) => {
      self.sendPacket(stray);
      self.echo(message);
    };
    expect(await device.transact(COMMAND)).toEqual(Uint8Array.of(0, 6));
    key.begun.length = 0;
    let flood: NodeJS.Timeout | undefined;
    key.answer = (_message, self) => {
      flood = setInterval(() => self.sendPacket(stray), 1);
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'no-answer' });
    clearInterval(flood);
    await usable(key, device);
  });
  test('flipped bits: an answer, or an error within the limits, and never the command twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(64 * 8 - 1), async (index, bit) => {
        const { key, device } = await opened((inner) => flip(inner, index, bit));
        key.answer = longAnswer;
        const result = await device.transact(COMMAND).catch((error) => error);
        if (!(result instanceof Uint8Array)) expect(result).toBeInstanceOf(FidoError);
        // ERR_INVALID_CHANNEL and ERR_CHANNEL_BUSY cannot be told from the truth; a flip does not make them here.
        expect(key.commands).toEqual(['06']);
        await usable(key, device);
      }),
      { numRuns: 60 },
    );
  });
});

describe('foreign packets', () => {
  test('are skipped in the middle of an answer', async () => {
    const { key, device } = await opened();
    key.answer = (_message, self) => {
      const foreign = toPackets(0x77, CTAPHID.CBOR, LONG_ANSWER);
      for (const [i, packet] of toPackets(CID, CTAPHID.CBOR, LONG_ANSWER).entries()) {
        self.sendPacket(foreign[i] as Uint8Array);
        self.sendPacket(packet);
      }
      self.running = undefined;
    };
    expect(await device.transact(COMMAND)).toEqual(LONG_ANSWER);
    await usable(key, device);
  });
  test('an endless flood of them does not keep a command waiting', async () => {
    const { key, device } = await opened();
    let flood: NodeJS.Timeout | undefined;
    key.answer = (_message, self) => {
      flood = setInterval(() => {
        self.keepalive(2, 0x77);
        self.sendPacket(new Uint8Array(63));
        self.send(CID, CTAPHID.KEEPALIVE, new Uint8Array(0));
      }, 1);
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'no-answer' });
    clearInterval(flood);
    await usable(key, device);
  });
});

describe('lies', () => {
  test.each<[string, string, (key: FakeHidKey) => void]>([
    ['an announced length of 7,610 bytes', 'malformed-response', (key) => key.sendPacket(header(CTAPHID.CBOR, 7610))],
    ['an announced length of 65,535 bytes', 'malformed-response', (key) => key.sendPacket(header(CTAPHID.CBOR, 65535))],
    ['more announced than sent', 'no-answer', (key) => key.sendPacket(header(CTAPHID.CBOR, 7609))],
    ['an answer to another command', 'malformed-response', (key) => key.send(CID, CTAPHID.PING, COMMAND)],
    ['an answer without a status byte', 'malformed-response', (key) => key.send(CID, CTAPHID.CBOR)],
    [
      'a second start within an answer',
      'malformed-response',
      (key) => {
        key.sendPacket(header(CTAPHID.CBOR, 300));
        key.sendPacket(header(CTAPHID.CBOR, 300));
      },
    ],
    ['silence', 'no-answer', () => {}],
  ])('%s: %s', async (_name, code, answer) => {
    const { key, device } = await opened();
    key.answer = (_message, self) => answer(self);
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code });
    await usable(key, device);
  });
  test('an answer before the request is complete', async () => {
    // As with a driver, and unlike the fake key, a write takes its time.
    const { key, device } = await opened((inner) =>
      faulty(inner, {
        write: async (packet, _index, forward) => {
          await forward(packet);
          await new Promise((resolve) => setImmediate(resolve));
        },
      }),
    );
    key.intercept = (packet, self) => {
      const parsed = parsePacket(packet);
      if (parsed?.kind === 'init' && parsed.command === CTAPHID.CBOR) self.send(CID, CTAPHID.CBOR, Uint8Array.of(0));
      return false;
    };
    expect(await failure(device.transact(new Uint8Array(1000)))).toMatchObject({ code: 'malformed-response' });
    await usable(key, device, 0);
  });
  test('a PING that comes back changed', async () => {
    const { key, device } = await opened();
    key.answer = (message, self) => self.send(message.cid, message.command, Uint8Array.of(9));
    expect(await failure(device.ping(COMMAND))).toMatchObject({ code: 'malformed-response' });
    await usable(key, device, 0);
  });
  test('any packets at all end in an answer or a FidoError', async () => {
    const packet = fc
      .tuple(
        fc.constantFrom(CID, CID, CID, BROADCAST_CID, 0x77),
        fc.oneof(fc.constantFrom(0x90, 0xbb, 0xbf, 0x86, 0, 1), fc.nat(255)),
        fc.uint8Array({ minLength: 59, maxLength: 59 }),
      )
      .map(([cid, type, rest]) => {
        const bytes = new Uint8Array(64);
        new DataView(bytes.buffer).setUint32(0, cid);
        bytes[4] = type;
        bytes.set(rest, 5);
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 12 }), async (packets) => {
        const { key, device } = await opened();
        key.answer = (_message, self) => {
          for (const bytes of packets) self.sendPacket(bytes);
          self.running = undefined;
        };
        const result = await device.transact(COMMAND).catch((error) => error);
        if (!(result instanceof Uint8Array)) expect(result).toBeInstanceOf(FidoError);
        await device.close();
        expect(key.closes).toBe(1);
      }),
      { numRuns: 60 },
    );
  });
});

function header(command: number, length: number): Uint8Array {
  const [bytes] = toPackets(CID, command, new Uint8Array(0)) as [Uint8Array];
  bytes[5] = length >> 8;
  bytes[6] = length & 0xff;
  return bytes;
}

describe('CTAPHID_ERROR', () => {
  test.each<[number, string]>([
    [0x01, 'unsupported'],
    [0x02, 'transport-failed'],
    [0x03, 'too-large'],
    [0x04, 'transport-failed'],
    [0x05, 'transport-failed'],
    [0x0a, 'key-busy'],
    [0x7f, 'transport-failed'],
    [0x42, 'transport-failed'],
  ])('0x%s becomes %s, once', async (hidError, code) => {
    const { key, device } = await opened();
    key.answer = (message, self) => self.error(message.cid, hidError);
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code, hidError, name: 'HidError' });
    await usable(key, device);
  });
  test('busy: the command was not taken, so it is offered again', async () => {
    const { key, device } = await opened();
    let busy = 3;
    key.intercept = (packet, self) => {
      if (parsePacket(packet)?.kind === 'cont' || busy-- <= 0) return false;
      self.error(CID, HID_ERROR.ERR_CHANNEL_BUSY);
      return true;
    };
    expect(await device.transact(COMMAND)).toEqual(Uint8Array.of(0, 6));
    await usable(key, device);
  });
  test('busy during a long request stops it, and it is offered again whole', async () => {
    const { key, device } = await opened();
    let busy = 1;
    key.intercept = (_packet, self) => {
      if (busy-- <= 0) return false;
      self.error(CID, HID_ERROR.ERR_CHANNEL_BUSY);
      return true;
    };
    const request = new Uint8Array(7609).fill(6);
    expect(await device.transact(request.subarray(0, 7608))).toHaveLength(7609);
    expect(key.begun).toHaveLength(1);
  });
  test('busy for ever', async () => {
    const { key, device } = await opened();
    key.intercept = (_packet, self) => {
      self.error(CID, HID_ERROR.ERR_CHANNEL_BUSY);
      return true;
    };
    const error = await failure(device.transact(COMMAND));
    expect(error).toMatchObject({ code: 'key-busy', hidError: 6 });
    expect(error.message).toContain('another program is using the key');
    await usable(key, device, 0);
  });
  test('busy after the command had begun is a failure, not a reason to send it again', async () => {
    const { key, device } = await opened();
    key.answer = (message, self) => {
      self.keepalive(1);
      self.error(message.cid, HID_ERROR.ERR_CHANNEL_BUSY);
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'key-busy' });
    await usable(key, device);
  });
  test('a forgotten channel is opened anew without a word', async () => {
    const { key, device } = await opened();
    key.forgetChannels();
    expect(await device.transact(COMMAND)).toEqual(Uint8Array.of(0, 6));
    expect(key.begun[0]?.cid).not.toBe(CID);
    expect(key.inits).toBe(2);
    await usable(key, device);
  });
  test('but only once', async () => {
    const { key, device } = await opened();
    key.intercept = (packet, self) => {
      const parsed = parsePacket(packet);
      if (parsed?.kind !== 'init' || parsed.command === CTAPHID.INIT) return false;
      self.error(parsed.cid, HID_ERROR.ERR_INVALID_CHANNEL);
      return true;
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'transport-failed', hidError: 0x0b });
    await usable(key, device, 0);
  });
  test('a command that had begun is not sent on a new channel', async () => {
    const { key, device } = await opened();
    key.answer = (_message, self) => {
      self.keepalive(1);
      self.forgetChannels();
      self.error(CID, HID_ERROR.ERR_INVALID_CHANNEL);
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'transport-failed', hidError: 0x0b });
    await usable(key, device);
  });
});

describe('a key that stays mute', () => {
  test('is asked for its channel again before the next command', async () => {
    const { key, device } = await opened();
    key.intercept = (packet, self) => {
      self.receive(packet);
      // From here on it is dead to everything, resynchronisation included.
      self.intercept = () => true;
      return true;
    };
    key.answer = () => {};
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'no-answer' });
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'no-answer' });
    expect(key.commands).toEqual(['06']);
    await usable(key, device);
  });
  test('a write that never ends is given up', async () => {
    const { key, device } = await opened((inner) => stallWrites(inner, 1, 1));
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'no-answer' });
    await usable(key, device, 0);
  });
  test('late answers of a command that was given up are not taken for the next one’s', async () => {
    const { key, device } = await opened();
    key.answer = () => {};
    const first = device.transact(COMMAND);
    key.intercept = (packet, self) => {
      // The old answer arrives just before the reply to the resynchronising INIT.
      for (const late of toPackets(CID, CTAPHID.CBOR, LONG_ANSWER)) self.sendPacket(late);
      self.receive(packet);
      return true;
    };
    expect(await failure(first)).toMatchObject({ code: 'no-answer' });
    await usable(key, device);
  });
});

describe('removal', () => {
  test('at any moment is key-removed', async () => {
    let completed = false;
    for (let index = 0; !completed; index++) {
      const key = new FakeHidKey();
      key.answer = (message, self) => {
        self.keepalive(1);
        longAnswer(message, self);
      };
      const connection = removeAt(key, index, () => key.remove());
      const work = async () => {
        const device = await openHidDevice(connection, limits);
        try {
          await device.transact(new Uint8Array(150));
          const abort = new AbortController();
          key.answer = (_message, self) => self.keepalive(2);
          await device.transact(COMMAND, { signal: abort.signal, onKeepalive: () => abort.abort() });
        } finally {
          await device.close();
        }
      };
      const result = await work().then(
        () => 'completed',
        (error) => (error as FidoError).code,
      );
      completed = result === 'completed';
      if (!completed) expect(result).toBe('key-removed');
      expect(key.closes).toBe(1);
      expect(key.begun.length).toBeLessThanOrEqual(2);
      if (index > 100) throw new Error('the script never ended');
    }
  });
  test('while waiting for a busy key', async () => {
    // Far longer than the removal takes, however busy the machine.
    const { key, device } = await opened(undefined, { busyLimitMs: 30_000 });
    key.intercept = (_packet, self) => {
      self.error(CID, HID_ERROR.ERR_CHANNEL_BUSY);
      if (key.written.length === 4) setTimeout(() => self.remove(), 1);
      return true;
    };
    expect(await failure(device.transact(COMMAND))).toMatchObject({ code: 'key-removed' });
  });
  test('with a write in progress', async () => {
    const { key, device } = await opened((inner) => stallWrites(inner, 1));
    const answer = failure(device.transact(COMMAND));
    key.remove();
    expect(await answer).toMatchObject({ code: 'key-removed' });
    await device.close();
  });
});
