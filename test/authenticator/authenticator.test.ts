import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODELS } from '../../src/authenticator/models.ts';
import { toHex } from '../../src/encoding/bytes.ts';
import { vectors } from '../support/vectors.ts';
import { bench, laterTouch } from './support/bench.ts';
import { cbor, HandMadeClient, type Wire } from './support/hand-made-client.ts';

const map = (...members: [number, Wire][]) => cbor(new Map(members));
const usb = { transport: 'usb' } as const;
const ask = async (request: number[], model = 'ctap-2.3') =>
  toHex(await bench(model).key.process(Uint8Array.from(request), usb));

describe('what is not a command', () => {
  test('nothing at all: 03', async () => expect(await ask([])).toBe('03'));
  test('unknown, or not of this model: 01', async () => {
    expect(await ask([0x5f])).toBe('01');
    expect(await ask([0x0b], 'ctap-2.0')).toBe('01');
  });
  test('longer than maxMsgSize: 39', async () => {
    expect(await ask([6, ...new Uint8Array(1023)], 'ctap-2.0')).not.toBe('39');
    expect(await ask([6, ...new Uint8Array(1024)], 'ctap-2.0')).toBe('39');
  });
  test('no parameters where there must be some: 14', async () => expect(await ask([6])).toBe('14'));
  test('a member of the wrong type: 11', async () => {
    expect(await ask([6, ...map([1, 2], [2, 'two'])])).toBe('11');
    expect(await ask([6, ...cbor([1])])).toBe('11');
  });
  test('CBOR that is not canonical: 12', async () => {
    for (const { hex } of vectors.cbor.decodeMustFail) {
      expect(await ask([6, ...Buffer.from(hex, 'hex')])).toBe('12');
    }
    expect(await ask([6, 0xa2, 2, 1, 1, 1])).toBe('12');
  });
  test('members nobody knows are ignored', async () => {
    expect(await ask([6, ...map([1, 2], [2, 1], [99, true])])).toMatch(/^00/);
  });
});

describe('waiting', () => {
  test('a cancelled command ends with 2D even if the person never notices', async () => {
    const on = bench();
    on.touches.push(() => new Promise(() => {}));
    const controller = new AbortController();
    const seen: number[] = [];
    const answer = on.key.process(Uint8Array.of(0x0b), {
      ...usb,
      signal: controller.signal,
      onKeepalive: (status) => seen.push(status),
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toEqual([2]);
    controller.abort();
    expect(toHex(await answer)).toBe('2d');
  });

  test('pulling the plug ends it too', async () => {
    const on = bench();
    on.touches.push(laterTouch().answer);
    const answer = on.key.process(Uint8Array.of(0x0b), usb);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await on.key.powerCycle();
    expect(toHex(await answer)).toBe('2d');
  });

  test('the next command waits for its turn', async () => {
    const on = bench();
    const later = laterTouch();
    on.touches.push(later.answer);
    const order: string[] = [];
    const first = on.key.process(Uint8Array.of(0x0b), usb).then(() => order.push('selection'));
    const second = on.key.process(Uint8Array.of(0x04), usb).then(() => order.push('getInfo'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    later.touch();
    await Promise.all([first, second]);
    expect(order).toEqual(['selection', 'getInfo']);
  });

  test.each([
    ['denied', 0x27],
    ['timeout', 0x2f],
    ['cancelled', 0x2d],
    ['touched', 0x00],
  ] as const)('selection, %s', async (answer, status) => {
    const on = bench();
    on.touches.push(answer);
    expect([...(await on.key.process(Uint8Array.of(0x0b), usb))]).toEqual([status]);
    expect(on.touchRequests).toMatchObject([{ long: false, timeoutMs: 30_000 }]);
  });
});

describe('a bug', () => {
  test('is 7F for the client, and no secret for the tests; the key goes on', async () => {
    const on = bench();
    on.touches.push(() => Promise.reject(new Error('broken')));
    expect(await on.key.process(Uint8Array.of(0x0b), usb)).toEqual(Uint8Array.of(0x7f));
    expect(on.bugs).toMatchObject([{ message: 'broken' }]);
    expect((await new HandMadeClient(on).send(Uint8Array.of(0x0b))).status).toBe(0);
  });
});

describe('saving', () => {
  test('happens before the answer, and only if something changed', async () => {
    const on = bench();
    const client = new HandMadeClient(on);
    await client.info();
    expect(on.saved).toHaveLength(1);
    await client.info();
    await client.retries();
    expect(on.saved).toHaveLength(1);
    await client.setPin('1234');
    expect(on.saved).toHaveLength(2);
  });
});

test.each(MODELS.map((model) => [model.id]))('%s: whatever comes in is answered, without a bug', async (model) => {
  const on = bench(model);
  const client = new HandMadeClient(on, on.model.info.pinUvAuthProtocols[0]);
  await client.setPin('a long PIN');
  const publicKey = (await client.agree()).publicKey;
  const bytes = fc.uint8Array({ maxLength: 80 });
  const member = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    bytes,
    fc.string({ maxLength: 10 }),
    fc.boolean(),
    fc.constant(publicKey),
  );
  const plausible = fc
    .tuple(
      fc.constantFrom(1, 4, 6, 6, 6, 7, 0x0b),
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9),
      fc.uniqueArray(fc.tuple(fc.constantFrom(3, 4, 5, 6, 9, 10), member), { selector: ([key]) => key }),
    )
    .map(([command, protocol, subCommand, more]) => {
      const members = new Map<number, never>([
        [1, protocol],
        [2, subCommand],
        ...more.sort(([a], [b]) => a - b),
      ] as never);
      return Uint8Array.of(command, ...cbor(members));
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(plausible, plausible, fc.uint8Array({ maxLength: 100 })), async (request) => {
      const answer = await on.key.process(request, usb);
      expect(answer.length).toBeGreaterThan(0);
      if (on.model.quirks.unknownSubCommandStatus !== 0x7f) expect(answer[0]).not.toBe(0x7f);
      expect(on.bugs).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
