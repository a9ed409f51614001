import { describe, expect, test } from 'vitest';
import { modelById } from '../../../src/authenticator/models.ts';
import { bench } from '../support/bench.ts';
import type { Members } from '../support/hand-made-client.ts';
import { ManagementClient, PERMISSION, PIN } from '../support/management-client.ts';

const { acfg } = PERMISSION;

describe('who may', () => {
  test('an unprotected key asks for nothing', async () => {
    const client = new ManagementClient(bench());
    expect((await client.config(1)).status).toBe(0);
    expect(await client.options()).toMatchObject({ ep: true });
  });

  test('with a PIN: 36 without param, 14 without protocol, 02 unknown protocol, 33 wrong MAC', async () => {
    const client = await ManagementClient.with(bench(), acfg);
    const refused = async (overrides: Members) => (await client.config(1, undefined, overrides)).status;
    expect(await refused({ 3: undefined, 4: undefined })).toBe(0x36);
    expect(await refused({ 3: undefined })).toBe(0x14);
    expect(await refused({ 3: 7 })).toBe(0x02);
    expect(await refused({ 3: 1 })).toBe(0x33);
    expect(await refused({ 4: new Uint8Array(32) })).toBe(0x33);
    expect(await client.options()).toMatchObject({ ep: false });
    expect((await client.config(1)).status).toBe(0);
  });

  test('a token without acfg: 33; parameters other than those authenticated: 33', async () => {
    const client = await ManagementClient.with(bench(), PERMISSION.lbw);
    expect((await client.config(2)).status).toBe(0x33);
    await client.authorise(acfg);
    expect((await client.config(3, { 1: 6 }, { 2: new Map([[1, 8]]) })).status).toBe(0x33);
    expect((await client.config(2)).status).toBe(0);
  });

  test('alwaysUv wants a token even of an unprotected key, but for turning it off', async () => {
    const on = bench('yubikey-bio');
    const client = new ManagementClient(on);
    expect(await client.options()).toMatchObject({ alwaysUv: true });
    expect((await client.config(3, { 1: 6 })).status).toBe(0x36);
    expect((await client.config(2)).status).toBe(0);
    expect(await client.options()).toMatchObject({ alwaysUv: false });
    expect((await client.config(3, { 1: 6 })).status).toBe(0);
  });

  test('both protocols', async () => {
    for (const protocol of [1, 2] as const) {
      const client = await ManagementClient.with(bench(), acfg, protocol);
      expect((await client.config(2)).status).toBe(0);
    }
  });
});

describe('subcommands', () => {
  test('unknown: 02, since 2.3 3E', async () => {
    for (const [model, status] of [
      ['ctap-2.3', 0x3e],
      ['yubikey-5-nfc', 0x02],
    ] as const) {
      const client = new ManagementClient(bench(model));
      expect((await client.config(0)).status).toBe(status);
      expect((await client.config(5)).status).toBe(status);
    }
  });

  test('those that the model lacks are unknown', async () => {
    const yubikey = new ManagementClient(bench('yubikey-5-nfc'));
    expect((await yubikey.config(1)).status).toBe(0x02);
    expect((await yubikey.config(4)).status).toBe(0x02);
    expect((await new ManagementClient(bench('hid-crescendo')).config(2)).status).toBe(0x02);
    expect((await new ManagementClient(bench('ctap-2.0')).config(2)).status).toBe(0x01);
  });

  test('no subcommand: 14; of the wrong type: 11', async () => {
    const client = new ManagementClient(bench());
    expect((await client.command(0x0d, {})).status).toBe(0x14);
    expect((await client.command(0x0d, { 1: 'x' })).status).toBe(0x11);
    expect((await client.config(3, { 1: 'x' })).status).toBe(0x11);
  });

  test('vendorPrototype: 14 without command, 02 for any', async () => {
    const client = new ManagementClient(bench());
    expect((await client.config(0xff)).status).toBe(0x14);
    expect((await client.config(0xff, {})).status).toBe(0x14);
    expect((await client.config(0xff, { 1: 1 })).status).toBe(0x02);
    expect((await new ManagementClient(bench('feitian-epass-nfc')).config(0xff, { 1: 1 })).status).toBe(0x02);
  });

  test('toggleAlwaysUv goes both ways, unless it stays on: 27', async () => {
    const client = new ManagementClient(bench());
    for (const alwaysUv of [true, false]) {
      expect((await client.config(2)).status).toBe(0);
      expect(await client.options()).toMatchObject({ alwaysUv });
    }
    const model = modelById('ctap-2.3');
    const sticky = new ManagementClient(bench({ ...model, quirks: { ...model.quirks, alwaysUvStaysOn: true } }));
    expect((await sticky.config(2)).status).toBe(0);
    expect((await sticky.config(2)).status).toBe(0x27);
    expect(await sticky.options()).toMatchObject({ alwaysUv: true });
  });

  test('enableLongTouchForReset; reset then asks for a long touch', async () => {
    const on = bench();
    const client = new ManagementClient(on);
    expect((await client.info()).get(0x18)).toBe(false);
    expect((await client.config(4)).status).toBe(0);
    expect((await client.info()).get(0x18)).toBe(true);
    expect((await client.send(Uint8Array.of(7))).status).toBe(0);
    expect(on.touchRequests.at(-1)?.long).toBe(true);
  });
});

describe('setMinPINLength', () => {
  test('no parameters: 14; an empty map changes nothing', async () => {
    const client = new ManagementClient(bench());
    expect((await client.config(3)).status).toBe(0x14);
    expect((await client.config(3, {})).status).toBe(0);
    expect((await client.info()).get(0x0d)).toBe(4);
  });

  test('up and never down: 37; nor above the longest PIN', async () => {
    const client = new ManagementClient(bench());
    expect((await client.config(3, { 1: 8 })).status).toBe(0);
    expect((await client.info()).get(0x0d)).toBe(8);
    expect((await client.config(3, { 1: 7 })).status).toBe(0x37);
    expect((await client.config(3, { 1: 64 })).status).toBe(0x37);
    expect((await client.config(3, { 1: 8 })).status).toBe(0);
    expect(await client.setPin('1234567')).toBe(0x37);
    expect(await client.setPin('12345678')).toBe(0);
  });

  test('a present PIN that is too short must be changed', async () => {
    const client = await ManagementClient.with(bench(), acfg);
    expect((await client.config(3, { 1: 8 })).status).toBe(0);
    expect((await client.info()).get(0x0c)).toBe(false);
    expect((await client.config(3, { 1: 9 })).status).toBe(0);
    expect((await client.info()).get(0x0c)).toBe(true);
    expect((await client.token(PIN, acfg)).status).toBe(0x37);
    expect((await client.token(PIN)).status).toBe(0x31);
    expect(await client.changePin(PIN, '135792468')).toBe(0);
    expect((await client.token('135792468', acfg)).status).toBe(0);
    expect((await client.info()).get(0x0c)).toBe(false);
  });

  test('forceChangePin: 35 without PIN; with one it ends the persistent token', async () => {
    const unset = new ManagementClient(bench());
    expect((await unset.config(3, { 3: true })).status).toBe(0x35);
    const on = bench();
    const client = await ManagementClient.with(on, acfg);
    const persistent = on.key.state.identity.persistentPinUvAuthToken;
    expect((await client.config(3, { 3: false })).status).toBe(0);
    expect((await client.info()).get(0x0c)).toBe(false);
    expect((await client.config(3, { 3: true })).status).toBe(0);
    expect((await client.info()).get(0x0c)).toBe(true);
    expect(on.key.state.identity.persistentPinUvAuthToken).not.toEqual(persistent);
    // the same PIN again is no change
    expect(await client.changePin(PIN, PIN)).toBe(0x37);
    expect(await client.changePin(PIN, '1357924680')).toBe(0);
  });

  test('the list of RPs is replaced; longer than the key has room for: 28, and nothing changes', async () => {
    const on = bench('yubikey-5-nfc');
    const client = new ManagementClient(on);
    const { config } = on.key.state;
    expect((await client.config(3, { 2: ['a.example'] })).status).toBe(0);
    expect((await client.config(3, { 2: ['b.example'] })).status).toBe(0);
    expect(config.minPinLengthRPIDs).toEqual(['b.example']);
    expect((await client.config(3, { 1: 6, 2: ['a.example', 'b.example'] })).status).toBe(0x28);
    expect(config).toMatchObject({ minPINLength: 4, minPinLengthRPIDs: ['b.example'] });
    expect((await client.config(3, { 1: 6 })).status).toBe(0);
    expect(config.minPinLengthRPIDs).toEqual(['b.example']);
    expect((await client.config(3, { 2: [] })).status).toBe(0);
    expect(config.minPinLengthRPIDs).toEqual([]);
  });

  test('pinComplexityPolicy: 02 where the model has none; turned on for good, and doubts the present PIN', async () => {
    const old = new ManagementClient(bench('yubikey-5-nfc'));
    expect((await old.config(3, { 4: true })).status).toBe(0x02);
    const client = await ManagementClient.with(bench(), acfg);
    expect((await client.config(3, { 4: true })).status).toBe(0);
    const info = await client.info();
    expect([info.get(0x1b), info.get(0x0c)]).toEqual([true, true]);
    expect((await client.config(3, { 4: false })).status).toBe(0);
    expect((await client.info()).get(0x1b)).toBe(true);
    expect(await client.changePin(PIN, '11111111')).toBe(0x37);
    expect(await client.changePin(PIN, '84629173')).toBe(0);
  });
});

test('all of it outlives power, and only reset undoes it', async () => {
  const on = bench();
  const client = new ManagementClient(on);
  const before = structuredClone(on.key.state.config);
  for (const [sub, params] of [[1], [2], [4], [3, { 1: 7, 2: ['a.example'], 4: true }]] as const) {
    expect((await client.config(sub, params)).status).toBe(0);
    if (sub === 2) await client.setPin(PIN);
    if (sub === 2) await client.authorise(acfg);
  }
  await on.key.powerCycle();
  const later = on.restart();
  expect(later.key.state.config).toEqual({
    minPINLength: 7,
    minPinLengthRPIDs: ['a.example'],
    forcePINChange: true,
    pinComplexityPolicy: true,
    alwaysUv: true,
    enterpriseAttestation: true,
    longTouchForReset: true,
  });
  await later.key.process(Uint8Array.of(7), { transport: 'usb' });
  expect(later.key.state.config).toEqual(before);
});
