import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/authenticator/models.ts';
import { modelById } from '../../../src/authenticator/models.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import { type Bench, bench } from '../support/bench.ts';
import { HandMadeClient } from '../support/hand-made-client.ts';

const reset = async (on: Bench) => (await on.key.process(Uint8Array.of(0x07), { transport: 'usb' }))[0];
const ctap23 = modelById('ctap-2.3');
const withReset = (rules: Partial<Model['reset']>): Model => ({ ...ctap23, reset: { ...ctap23.reset, ...rules } });

describe('the window after power-up', () => {
  test.each([
    ['ten seconds', ctap23, 10_000],
    ['five on an old key', withReset({ windowMs: 5_000 }), 5_000],
  ] as const)('%s', async (_name, model, windowMs) => {
    const on = bench(model);
    on.now += windowMs;
    expect(await reset(on)).toBe(0);
    on.now += 1;
    expect(await reset(on)).toBe(0x30);
    await on.key.powerCycle();
    expect(await reset(on)).toBe(0);
  });

  test('does not open again in another process, nor for a clock that went back', async () => {
    const on = bench();
    await new HandMadeClient(on).info();
    on.now += 60_000;
    expect(await reset(on.restart())).toBe(0x30);
    on.now -= 120_000;
    expect(await reset(on.restart())).toBe(0x30);
  });

  test('is forfeited on some models by any command but getInfo and selection', async () => {
    const on = bench('ctap-2.0');
    const client = new HandMadeClient(on, 1);
    await client.info();
    expect(await reset(on)).toBe(0);
    await client.retries();
    expect(await reset(on)).toBe(0x30);
    expect(await reset(on.restart())).toBe(0x30);
    await on.key.powerCycle();
    expect(await reset(on)).toBe(0);
  });
});

describe('the touch', () => {
  test('may come after the window, which is for the command alone (a real Solo 1 took one at 16 seconds)', async () => {
    const on = bench(ctap23);
    on.touches.push(async () => {
      on.now += 16_000;
      return 'touched';
    });
    expect(await reset(on)).toBe(0);
  });

  test('refused 27, none in time 2F, and 3A from Yubico; nothing is lost', async () => {
    const on = bench();
    const client = new HandMadeClient(on);
    await client.setPin('1234');
    on.touches.push('denied', 'timeout');
    expect([await reset(on), await reset(on)]).toEqual([0x27, 0x2f]);
    expect((await client.options()).clientPin).toBe(true);
    const yubikey = bench('yubikey-bio');
    yubikey.touches.push('timeout');
    expect(await reset(yubikey)).toBe(0x3a);
  });

  test('comes twice on a BioPass', async () => {
    const on = bench('feitian-biopass');
    const seen: number[] = [];
    await on.key.process(Uint8Array.of(0x07), { transport: 'usb', onKeepalive: (status) => seen.push(status) });
    expect(on.touchRequests).toHaveLength(2);
    expect(seen).toEqual([2, 1, 2, 1]);
    on.touches.push('touched', 'timeout');
    expect(await reset(on)).toBe(0x2f);
  });

  test('is long with longTouchForReset, until the reset that it was for', async () => {
    const on = bench();
    on.key.state.config.longTouchForReset = true;
    await reset(on);
    await reset(on);
    expect(on.touchRequests.map(({ long }) => long)).toEqual([true, false]);
  });
});

test('a transport that may not reset: 27, before anything else', async () => {
  const on = bench(withReset({ transports: ['usb'] }));
  on.now += 60_000;
  expect([...(await on.key.process(Uint8Array.of(0x07), { transport: 'nfc' }))]).toEqual([0x27]);
});

test('everything goes but the serial', async () => {
  const on = bench();
  const client = new HandMadeClient(on);
  await client.setPin('1234');
  await client.token('0000');
  const { state } = on.key;
  Object.assign(state.config, {
    minPINLength: 8,
    alwaysUv: true,
    minPinLengthRPIDs: ['example.com'],
    forcePINChange: true,
  });
  const before = { ...state.identity };
  const agreement = toHex((await client.clientPin({ 1: 2, 2: 2 })).members.get(1).get(-2));
  expect(await reset(on)).toBe(0);
  expect(state.pin).toEqual({ pinRetries: 8, uvRetries: 5, uvCountSinceLastPinEntry: 0 });
  expect(state.config).toMatchObject({
    minPINLength: 4,
    alwaysUv: false,
    minPinLengthRPIDs: [],
    forcePINChange: false,
  });
  for (const name of Object.keys(before) as (keyof typeof before)[]) {
    expect(toHex(state.identity[name])).not.toBe(toHex(before[name]));
  }
  expect(state).toMatchObject({ serial: 12_345_678, resets: 1 });
  expect(toHex((await client.clientPin({ 1: 2, 2: 2 })).members.get(1).get(-2))).not.toBe(agreement);
  expect(on.saved.at(-1)).toMatchObject({ resets: 1, pin: { pinRetries: 8 } });
});
