import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HidEndpoint } from '../../src/authenticator/hid-endpoint.ts';
import { type Model, modelById } from '../../src/authenticator/models.ts';
import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { vectors } from '../support/vectors.ts';
import { type Bench, bench, laterTouch } from './support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, map, user } from './support/credential-client.ts';
import { cbor, type Wire as WireValue } from './support/hand-made-client.ts';

const BROADCAST = 'ffffffff';
const NONCE = '0102030405060708';
const ctap23 = modelById('ctap-2.3');

/** The host's side by hand: packets as hex, without the padding on the way out. */
class Wire {
  readonly on: Bench;
  readonly endpoint: HidEndpoint;
  readonly sent: string[] = [];

  constructor(model: Model | string = 'ctap-2.3') {
    this.on = bench(model);
    this.endpoint = new HidEndpoint(this.on.key, { send: (packet) => this.sent.push(toHex(packet)) });
  }

  put(hex: string): void {
    this.endpoint.receive(fromHex(hex.padEnd(128, '0')));
  }

  /** Packets sent since the last time. */
  take(): string[] {
    return this.sent.splice(0);
  }

  open(): string {
    this.put(`${BROADCAST}860008${NONCE}`);
    const [answer = ''] = this.take();
    return answer.slice(30, 38);
  }

  /** The one short answer since the last time: command and payload. */
  answer(cid: string): string {
    const packets = this.take();
    expect(packets).toHaveLength(1);
    expect(packets[0]!.slice(0, 8)).toBe(cid);
    const length = Number.parseInt(packets[0]!.slice(10, 14), 16);
    return packets[0]!.slice(8, 10) + packets[0]!.slice(14, 14 + length * 2);
  }

  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
  }
}

const ERROR = (code: string) => `bf${code}`;
const KEEPALIVE = (status: number) => `bb0${status}`;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('channels', () => {
  test('INIT on broadcast allocates a new channel each time', () => {
    const wire = new Wire('yubikey-5-nfc');
    wire.put(`${BROADCAST}860008${NONCE}`);
    // nonce, CID 1, CTAPHID 2, device 5.7.1, WINK | CBOR
    expect(wire.answer(BROADCAST)).toBe(`86${NONCE}000000010205070105`);
    expect([wire.open(), wire.open()]).toEqual(['00000002', '00000003']);
  });

  test('INIT without eight bytes: 03', () => {
    const wire = new Wire();
    wire.put(`${BROADCAST}860007${NONCE}`);
    expect(wire.answer(BROADCAST)).toBe(ERROR('03'));
  });

  test('anything else on broadcast, on channel 0, on one never allocated: 0B', () => {
    const wire = new Wire();
    const cid = wire.open();
    for (const bad of [BROADCAST, '00000000', '00000002', 'fffffffe']) {
      wire.put(`${bad}81000101`);
      expect(wire.answer(bad)).toBe(ERROR('0b'));
    }
    wire.put(`00000009860008${NONCE}`);
    expect(wire.answer('00000009')).toBe(ERROR('0b'));
    wire.put(`${cid}81000101`);
    expect(wire.answer(cid)).toBe('8101');
  });

  test('packets of another size are ignored', () => {
    const wire = new Wire();
    wire.endpoint.receive(fromHex(`${BROADCAST}860008${NONCE}`));
    wire.endpoint.receive(new Uint8Array(65));
    expect(wire.take()).toEqual([]);
  });
});

describe('messages', () => {
  test('unknown commands, MSG without U2F, vendor commands of other makers: 01', () => {
    const wire = new Wire({ ...ctap23, info: { ...ctap23.info, versions: ['FIDO_2_0', 'FIDO_2_1'] } });
    const cid = wire.open();
    for (const command of ['87', '83', 'bb', 'c0', 'c2', 'c3', 'ff']) {
      wire.put(`${cid}${command}000100`);
      expect(wire.answer(cid)).toBe(ERROR('01'));
    }
  });

  test('CBOR without a command byte: 03', () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}900000`);
    expect(wire.answer(cid)).toBe(ERROR('03'));
  });

  test('the longest PING comes back; 7,610 bytes: 03', () => {
    const wire = new Wire();
    const cid = wire.open();
    const longest = vectors.ctaphid.cases.find((entry: { name: string }) => entry.name.startsWith('PING, 7609'));
    const packets: string[] = [];
    const payload = Buffer.from(Uint8Array.from({ length: 7609 }, (_, i) => i % 251));
    packets.push(`${cid}811db9${payload.subarray(0, 57).toString('hex')}`);
    for (let at = 57, i = 0; at < 7609; at += 59, i++) {
      packets.push(`${cid}${i.toString(16).padStart(2, '0')}${payload.subarray(at, at + 59).toString('hex')}`);
    }
    for (const packet of packets) wire.put(packet);
    expect(wire.take()).toEqual(packets.map((packet) => packet.padEnd(128, '0')));
    expect(packets).toHaveLength(longest.packetCount);
    wire.put(`${cid}811dba`);
    expect(wire.answer(cid)).toBe(ERROR('03'));
  });

  test('a sequence number out of turn: 04, and the message is gone', () => {
    const wire = new Wire();
    const cid = wire.open();
    const fault = vectors.ctaphid.reassemblyErrors[0].packets as string[];
    for (const packet of fault) wire.put(cid + packet.slice(8));
    expect(wire.answer(cid)).toBe(ERROR('04'));
    wire.put(`${cid}00`);
    expect(wire.take()).toEqual([]);
    wire.put(`${cid}81000101`);
    expect(wire.answer(cid)).toBe('8101');
  });

  test('a continuation of another channel does not disturb, one without a start is ignored', () => {
    const wire = new Wire();
    const [cid, other] = [wire.open(), wire.open()];
    wire.put(`${cid}00aa`);
    expect(wire.take()).toEqual([]);
    wire.put(`${cid}81003a${'11'.repeat(57)}`);
    wire.put(`${other}00aa`);
    expect(wire.take()).toEqual([]);
    wire.put(`${cid}0022`);
    expect(wire.take()).toHaveLength(2);
  });

  test('a start from another channel: 06, and the first goes on', () => {
    const wire = new Wire();
    const [cid, other] = [wire.open(), wire.open()];
    wire.put(`${cid}81003a${'11'.repeat(57)}`);
    for (const start of [`${other}81000101`, `${other}860008${NONCE}`, `${BROADCAST}860008${NONCE}`]) {
      wire.put(start);
      expect(wire.answer(start.slice(0, 8))).toBe(ERROR('06'));
    }
    wire.put(`${cid}0022`);
    expect(wire.take()).toHaveLength(2);
  });

  test('a second start on the same channel: 04, both dropped', () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}81003a${'11'.repeat(57)}`);
    wire.put(`${cid}81000101`);
    expect(wire.answer(cid)).toBe(ERROR('04'));
    wire.put(`${cid}0022`);
    expect(wire.take()).toEqual([]);
  });

  test('packets missing for half a second: 05, and then no more', async () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}810080${'11'.repeat(57)}`);
    await vi.advanceTimersByTimeAsync(400);
    wire.put(`${cid}00${'22'.repeat(59)}`);
    await vi.advanceTimersByTimeAsync(499);
    expect(wire.take()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(wire.answer(cid)).toBe(ERROR('05'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(wire.take()).toEqual([]);
  });

  test('INIT on the channel drops the half message', async () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}810080${'11'.repeat(57)}`);
    wire.put(`${cid}860008${NONCE}`);
    expect(wire.answer(cid).slice(0, 26)).toBe(`86${NONCE}${cid}`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(wire.take()).toEqual([]);
  });

  test('nothing is sent unasked', async () => {
    const wire = new Wire();
    wire.open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wire.take()).toEqual([]);
  });
});

describe('CBOR', () => {
  async function waiting() {
    const wire = new Wire();
    const cid = wire.open();
    const later = laterTouch();
    wire.on.touches.push(later.answer);
    wire.put(`${cid}9000010b`);
    await wire.settle();
    return { wire, cid, later };
  }

  test('an answer without waiting has no keepalive', async () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}9000015f`);
    await wire.settle();
    expect(wire.answer(cid)).toBe('9001');
  });

  test('keepalives at the change and every 100 ms, then the answer, then silence', async () => {
    const { wire, cid, later } = await waiting();
    expect(wire.answer(cid)).toBe(KEEPALIVE(2));
    await vi.advanceTimersByTimeAsync(350);
    expect(wire.take().map((packet) => packet.slice(8, 16))).toEqual(['bb000102', 'bb000102', 'bb000102']);
    later.touch();
    await wire.settle();
    expect(wire.take().map((packet) => packet.slice(8, 16))).toEqual(['bb000101', '90000100']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(wire.take()).toEqual([]);
  });

  test('CANCEL ends the request with 2D, without a KEEPALIVE of a request that is over (§11.2.9.1.5), and is not answered itself', async () => {
    const { wire, cid } = await waiting();
    wire.take();
    wire.put(`${cid}910000`);
    await wire.settle();
    expect(wire.take().map((packet) => packet.slice(8, 16))).toEqual(['9000012d']);
    wire.put(`${cid}910000`);
    await wire.settle();
    expect(wire.take()).toEqual([]);
  });

  test('CANCEL between two keepalives: none comes after it, however slowly the request ends', async () => {
    const wire = new Wire();
    const cid = wire.open();
    let end = () => {};
    wire.on.touches.push(({ signal }) => {
      signal.addEventListener('abort', () => {});
      return new Promise((resolve) => {
        end = () => resolve('cancelled');
      });
    });
    wire.put(`${cid}9000010b`);
    await vi.advanceTimersByTimeAsync(150);
    wire.take();
    wire.put(`${cid}910000`);
    await vi.advanceTimersByTimeAsync(500);
    end();
    await wire.settle();
    expect(wire.take().map((packet) => packet.slice(8, 16))).toEqual(['9000012d']);
  });

  test('CANCEL on another channel does nothing', async () => {
    const wire = new Wire();
    const [cid, other] = [wire.open(), wire.open()];
    const later = laterTouch();
    wire.on.touches.push(later.answer);
    wire.put(`${cid}9000010b`);
    await wire.settle();
    wire.take();
    wire.put(`${other}910000`);
    await wire.settle();
    expect(wire.take()).toEqual([]);
    later.touch();
    await wire.settle();
    expect(wire.take().at(-1)).toContain('90000100');
  });

  test('other channels are busy, and so is the same one', async () => {
    const { wire, cid } = await waiting();
    wire.take();
    wire.put(`${cid}81000101`);
    expect(wire.answer(cid)).toBe(ERROR('06'));
    wire.put(`${BROADCAST}860008${NONCE}`);
    expect(wire.answer(BROADCAST)).toBe(ERROR('06'));
  });

  test('INIT on the channel aborts the request, which then answers nobody', async () => {
    const { wire, cid } = await waiting();
    wire.take();
    wire.put(`${cid}860008${NONCE}`);
    expect(wire.answer(cid).slice(0, 26)).toBe(`86${NONCE}${cid}`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(wire.take()).toEqual([]);
    wire.put(`${cid}90000104`);
    await wire.settle();
    expect(wire.take().length).toBeGreaterThan(1);
  });

  test('unplugged, it stays silent', async () => {
    const { wire } = await waiting();
    wire.take();
    wire.endpoint.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(wire.take()).toEqual([]);
    expect(wire.on.touchRequests[0]!.signal.aborted).toBe(true);
  });
});

describe('a stateful sequence (§6)', () => {
  /** Two accounts; the first assertion is fetched on the first channel. */
  async function begun() {
    const wire = new Wire();
    const client = new CredentialClient(wire.on);
    for (const n of [1, 2]) await client.register({ 7: map({ rk: true }), 3: user(n) });
    const [cid, other] = [wire.open(), wire.open()];
    const request = Buffer.from([
      0x02,
      ...cbor(
        new Map<number, WireValue>([
          [1, 'example.com'],
          [2, CLIENT_DATA_HASH],
        ]),
      ),
    ]);
    wire.put(`${cid}90${request.length.toString(16).padStart(4, '0')}${request.toString('hex')}`);
    await vi.waitFor(() => expect(wire.sent.length).toBeGreaterThan(3));
    wire.take();
    const next = async (on: string) => {
      wire.put(`${on}90000108`);
      await vi.waitFor(() => expect(wire.sent.length).toBeGreaterThan(0));
      return wire.take()[0]!.slice(14, 16);
    };
    return { wire, cid, other, next };
  }

  test('belongs to its channel: getNextAssertion on another one is out of turn', async () => {
    const { wire, cid, other, next } = await begun();
    wire.put(`${other}90000104`);
    await vi.waitFor(() => expect(wire.sent.length).toBeGreaterThan(3));
    wire.take();
    expect(await next(cid)).toBe('00');
    const again = await begun();
    expect(await again.next(again.other)).toBe('30');
    expect(await again.next(again.cid)).toBe('30');
  });

  test('ends with INIT on its channel, which discards its state (§11.2.9.1.3), not with one on another', async () => {
    const { wire, cid, other, next } = await begun();
    wire.put(`${other}860008${NONCE}`);
    wire.put(`${BROADCAST}860008${NONCE}`);
    wire.take();
    expect(await next(cid)).toBe('00');
    const again = await begun();
    again.wire.put(`${again.cid}860008${NONCE}`);
    again.wire.take();
    expect(await again.next(again.cid)).toBe('30');
  });
});

describe('WINK, LOCK, read config', () => {
  test('WINK', () => {
    const wire = new Wire();
    const cid = wire.open();
    wire.put(`${cid}880000`);
    expect(wire.answer(cid)).toBe('88');
    expect(wire.on.winks).toBe(1);
    wire.put(`${cid}88000100`);
    expect(wire.answer(cid)).toBe(ERROR('03'));
  });

  test('LOCK keeps others out for its seconds', async () => {
    const wire = new Wire();
    const [cid, other] = [wire.open(), wire.open()];
    wire.put(`${cid}8400010a`);
    expect(wire.answer(cid)).toBe('84');
    wire.put(`${other}81000101`);
    expect(wire.answer(other)).toBe(ERROR('06'));
    wire.put(`${cid}81000101`);
    expect(wire.answer(cid)).toBe('8101');
    await vi.advanceTimersByTimeAsync(10_000);
    wire.put(`${other}81000101`);
    expect(wire.answer(other)).toBe('8101');
    wire.put(`${cid}8400010b`);
    expect(wire.answer(cid)).toBe(ERROR('02'));
  });

  test('a Yubico key tells its serial and firmware', () => {
    const wire = new Wire('yubikey-5-nfc');
    const cid = wire.open();
    wire.put(`${cid}c2000100`);
    const answer = wire.answer(cid);
    const length = Number.parseInt(answer.slice(2, 4), 16);
    expect(answer).toHaveLength(4 + length * 2);
    expect(answer).toContain('020400bc614e'); // serial 12345678
    expect(answer).toContain('0503050701');
    wire.put(`${cid}c2000101`);
    expect(wire.answer(cid)).toBe('c200');
  });
});

test('whatever comes in, it never throws, and it still answers afterwards', async () => {
  vi.useRealTimers();
  const cid = fc.constantFrom('00000001', '00000002', '00000003', '00000000', BROADCAST, 'deadbeef');
  const packet = fc
    .record({
      cid,
      rest: fc.uint8Array({ minLength: 60, maxLength: 60 }),
      command: fc.option(fc.constantFrom(0x81, 0x86, 0x90, 0x91, 0x84, 0, 1)),
    })
    .map(({ cid, rest, command }) => {
      if (command !== null) rest.set([command, 0]);
      return Buffer.concat([Buffer.from(cid, 'hex'), rest]);
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(packet, fc.uint8Array({ maxLength: 70 })), { maxLength: 40 }),
      async (packets) => {
        const wire = new Wire();
        const own = wire.open();
        wire.open();
        for (const bytes of packets) wire.endpoint.receive(new Uint8Array(bytes));
        wire.endpoint.close();
        await new Promise((resolve) => setImmediate(resolve));
        wire.take();
        wire.put(`${own}81000101`);
        expect(wire.answer(own)).toBe('8101');
        expect(wire.on.bugs).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
