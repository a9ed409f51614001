/** How makers' keys differ from the specification about PINs, as their firmware and recordings of them have it. */
import { expect, test } from 'vitest';
import { NfcEndpoint } from '../../../src/authenticator/nfc-endpoint.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { bench } from '../support/bench.ts';
import { clientPinRequest, HandMadeClient } from '../support/hand-made-client.ts';

async function withPin(model: string, protocol: 1 | 2 = 1) {
  const on = bench(model);
  const client = new HandMadeClient(on, protocol);
  expect(await client.setPin('1234')).toBe(0);
  return { on, client };
}

async function miss(client: HandMadeClient, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await client.token('0000')).status);
  return statuses;
}

test('pico-fido: three wrong PINs are remembered beyond power-off until the right one comes', async () => {
  const { on, client } = await withPin('pico-fido');
  expect(await miss(client, 3)).toEqual([0x31, 0x31, 0x34]);
  await on.key.powerCycle();
  const restarted = new HandMadeClient(on.restart(), 1);
  expect(await restarted.retries()).toEqual({ pinRetries: 5, powerCycleState: true });
  expect(await miss(restarted, 1)).toEqual([0x34]);
  expect(await restarted.retries()).toEqual({ pinRetries: 4, powerCycleState: true });
  expect((await restarted.token('1234')).status).toBe(0);
  expect(await restarted.retries()).toEqual({ pinRetries: 8, powerCycleState: false });
});

test('pico-fido: before the restart even the right PIN spends a try', async () => {
  const { client } = await withPin('pico-fido');
  await miss(client, 3);
  expect((await client.token('1234')).status).toBe(0x34);
  expect(await client.retries()).toEqual({ pinRetries: 4, powerCycleState: true });
});

test('pico-fido: over ISO 7816 an error is status word 64xx', async () => {
  const { on } = await withPin('pico-fido');
  const card = new NfcEndpoint(on.key);
  await card.powerOn();
  await card.transmit(fromHex('00a4040008a0000006472f000100'));
  const apdu = (request: Uint8Array) => Uint8Array.of(0x80, 0x10, 0, 0, request.length, ...request, 0);
  expect(toHex(await card.transmit(apdu(clientPinRequest({ 1: 3, 2: 2 }))))).toBe('6402');
  expect(toHex(await card.transmit(apdu(clientPinRequest({ 1: 1, 2: 1 }))))).toMatch(/^00.*9000$/);
});

test.each(['canokey', 'solo-1'])('%s: no powerCycleState, blocked or not', async (model) => {
  const { client } = await withPin(model);
  expect(await client.retries()).toEqual({ pinRetries: 8 });
  expect(await miss(client, 3)).toEqual([0x31, 0x31, 0x34]);
  expect(await client.retries()).toEqual({ pinRetries: 5 });
  expect((await client.token('1234')).status).toBe(0x34);
});

test('solo-1: the wrong PIN that spends the last try answers 31', async () => {
  const { on, client } = await withPin('solo-1');
  on.key.state.pin.pinRetries = 1;
  expect(await miss(client, 2)).toEqual([0x31, 0x32]);
  expect(await client.retries()).toEqual({ pinRetries: 0 });
});

test.each(['pico-fido', 'solo-1'])('%s: setPIN where a PIN is set answers 30', async (model) => {
  expect(await (await withPin(model)).client.setPin('5678')).toBe(0x30);
});

test('yubico-security-key: once blocked, it tells neither tries nor a key', async () => {
  const { on, client } = await withPin('yubico-security-key');
  expect(await client.retries()).toEqual({ pinRetries: 8 });
  on.key.state.pin.pinRetries = 1;
  expect(await miss(client, 1)).toEqual([0x32]);
  expect((await client.clientPin({ 1: 1, 2: 1 })).status).toBe(0x32);
  expect((await client.clientPin({ 1: 1, 2: 2 })).status).toBe(0x32);
});
