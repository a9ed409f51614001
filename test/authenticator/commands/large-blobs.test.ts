import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { type Bench, bench } from '../support/bench.ts';
import type { Members } from '../support/hand-made-client.ts';
import { ManagementClient, PERMISSION, serialized } from '../support/management-client.ts';

const { lbw } = PERMISSION;
const EMPTY = '8076be8b528d0075f7aae98d6fa57a6d3c';
const TRAILER = 16;
const stored = (on: Bench) => toHex(on.key.state.largeBlobs.serializedArray);
/** A whole array of this many bytes. */
function arrayOf(length: number): Uint8Array {
  const heads = 1 + (length < 60 ? 1 : length < 270 ? 2 : 3);
  const array = serialized(new Uint8Array(length - TRAILER - heads).fill(0x61));
  expect(array).toHaveLength(length);
  return array;
}

async function writer(on: Bench, array: Uint8Array, step: number, upTo = array.length): Promise<number[]> {
  const client = await ManagementClient.with(on, lbw);
  const statuses: number[] = [];
  for (let offset = 0; offset < upTo; offset += step) {
    const fragment = array.slice(offset, offset + step);
    statuses.push((await client.setBlobs(fragment, offset, offset === 0 ? array.length : undefined)).status);
  }
  return statuses;
}

describe('get', () => {
  test('of a new key: the empty array', async () => {
    const answer = await new ManagementClient(bench()).getBlobs(0, 1024);
    expect(answer.status).toBe(0);
    expect(toHex(answer.members.get(1))).toBe(EMPTY);
  });

  test('a part, the end, and beyond it: 02', async () => {
    const client = new ManagementClient(bench());
    expect(toHex((await client.getBlobs(1, 4)).members.get(1))).toBe('76be8b52');
    expect((await client.getBlobs(16, 4)).members.get(1)).toEqual(fromHex('3c'));
    expect((await client.getBlobs(17, 4)).members.get(1)).toHaveLength(0);
    expect((await client.getBlobs(18, 4)).status).toBe(0x02);
  });

  test('more than maxMsgSize - 64: 03', async () => {
    const client = new ManagementClient(bench('yubikey-5-nfc'));
    expect((await client.getBlobs(0, 1280 - 64)).status).toBe(0);
    expect((await client.getBlobs(0, 1280 - 63)).status).toBe(0x03);
  });

  test('needs no token, and refuses length, param or protocol: 02', async () => {
    const client = await ManagementClient.with(bench(), lbw);
    expect((await client.getBlobs(0, 17)).status).toBe(0);
    for (const extra of [{ 4: 17 }, { 5: new Uint8Array(32) }, { 6: 2 }] as Members[]) {
      expect((await client.command(0x0c, { 1: 17, 3: 0, ...extra })).status).toBe(0x02);
    }
  });

  test('neither or both of get and set, or no offset: 02', async () => {
    const client = new ManagementClient(bench());
    for (const request of [{ 3: 0 }, { 1: 1, 2: new Uint8Array(1), 3: 0 }, { 1: 1 }] as Members[]) {
      expect((await client.command(0x0c, request)).status).toBe(0x02);
    }
  });

  test('a key without the command: 01', async () => {
    const on = bench('feitian-epass-nfc');
    expect((await new ManagementClient(on).getBlobs(0, 1)).status).toBe(0x01);
    expect((await new ManagementClient(on).options()).largeBlobs).toBeUndefined();
  });
});

describe('set', () => {
  test('in one piece and in many; what was written is read back', async () => {
    for (const step of [2000, 700, 61]) {
      const on = bench();
      const array = arrayOf(1500);
      expect(new Set(await writer(on, array, step))).toEqual(new Set([0]));
      expect(stored(on)).toBe(toHex(array));
      const read = await new ManagementClient(on).getBlobs(100, 50);
      expect(read.members.get(1)).toEqual(array.slice(100, 150));
    }
  });

  test('is announced with its capacity, which it may fill but not exceed: 18', async () => {
    const on = bench();
    const client = await ManagementClient.with(on, lbw);
    const info = await client.info();
    expect(info.get(0x0b)).toBe(4096);
    expect(new Map(info.get(4)).get('largeBlobs')).toBe(true);
    expect((await client.setBlobs(new Uint8Array(100), 0, 4097)).status).toBe(0x18);
    expect(new Set(await writer(on, arrayOf(4096), 1000))).toEqual(new Set([0]));
  });

  test('length: missing or below 17 at first: 02; later on there at all: 02', async () => {
    const client = await ManagementClient.with(bench(), lbw);
    expect((await client.setBlobs(new Uint8Array(16), 0)).status).toBe(0x02);
    expect((await client.setBlobs(new Uint8Array(16), 0, 16)).status).toBe(0x02);
    expect((await client.setBlobs(new Uint8Array(16), 0, 20)).status).toBe(0);
    expect((await client.setBlobs(new Uint8Array(4), 16, 20)).status).toBe(0x02);
  });

  test('a fragment beyond maxMsgSize - 64: 03', async () => {
    const client = await ManagementClient.with(bench('yubikey-5-nfc'), lbw);
    expect((await client.setBlobs(new Uint8Array(1217), 0, 2000)).status).toBe(0x03);
    expect((await client.setBlobs(new Uint8Array(1216), 0, 2000)).status).not.toBe(0x03);
  });

  test('out of turn: 04; more than announced: 02', async () => {
    const client = await ManagementClient.with(bench(), lbw);
    expect((await client.setBlobs(new Uint8Array(10), 10)).status).toBe(0x04);
    expect((await client.setBlobs(new Uint8Array(10), 0, 30)).status).toBe(0);
    expect((await client.setBlobs(new Uint8Array(10), 9)).status).toBe(0x04);
    expect((await client.setBlobs(new Uint8Array(10), 11)).status).toBe(0x04);
    expect((await client.setBlobs(new Uint8Array(21), 10)).status).toBe(0x02);
    expect((await client.setBlobs(new Uint8Array(10), 10)).status).toBe(0);
    expect((await client.setBlobs(new Uint8Array(31), 0, 30)).status).toBe(0x02);
  });

  test('a wrong hash at the end: 3D, and the old array stays', async () => {
    const on = bench();
    const array = arrayOf(100);
    array[50]! ^= 1;
    expect(await writer(on, array, 60)).toEqual([0, 0x3d]);
    expect(stored(on)).toBe(EMPTY);
    const client = await ManagementClient.with(on, lbw);
    expect((await client.setBlobs(array.slice(60), 60)).status).toBe(0x04);
  });

  test('who may: 36, 14, 02, 33', async () => {
    const on = bench();
    const array = arrayOf(40);
    const unprotected = new ManagementClient(on);
    expect((await unprotected.setBlobs(array, 0, 40)).status).toBe(0);
    const client = await ManagementClient.with(on, lbw);
    const refused = async (overrides: Members) => (await client.setBlobs(array, 0, 40, overrides)).status;
    expect(await refused({ 5: undefined, 6: undefined })).toBe(0x36);
    expect(await refused({ 6: undefined })).toBe(0x14);
    expect(await refused({ 6: 3 })).toBe(0x02);
    expect(await refused({ 5: new Uint8Array(32) })).toBe(0x33);
    expect(await refused({ 2: arrayOf(40).fill(0, 0, 1) })).toBe(0x33);
    await client.authorise(PERMISSION.acfg);
    expect(await refused({})).toBe(0x33);
  });

  test('alwaysUv wants a token even of an unprotected key', async () => {
    const on = bench('yubikey-bio');
    expect((await new ManagementClient(on).setBlobs(arrayOf(40), 0, 40)).status).toBe(0x36);
  });
});

describe('half a write', () => {
  const array = arrayOf(100);
  const interrupted = async (by: (on: Bench, client: ManagementClient) => Promise<unknown>) => {
    const on = bench();
    const client = await ManagementClient.with(on, lbw);
    expect((await client.setBlobs(array.slice(0, 60), 0, 100)).status).toBe(0);
    await by(on, client);
    return { on, status: (await client.setBlobs(array.slice(60), 60)).status };
  };

  test('survives getInfo, reading and what was refused', async () => {
    const { on, status } = await interrupted(async (_on, client) => {
      await client.info();
      await client.getBlobs(0, 10);
      await client.setBlobs(array, 1);
    });
    expect(status).toBe(0);
    expect(stored(on)).toBe(toHex(array));
  });

  test('ends with another stateful command, a new token, reset, or power', async () => {
    const ends: ((on: Bench, client: ManagementClient) => Promise<unknown>)[] = [
      (_on, client) => client.bio(7),
      (_on, client) => client.authorise(lbw),
      (on) => on.key.process(Uint8Array.of(7), { transport: 'usb' }),
      (on) => on.key.powerCycle(),
    ];
    for (const end of ends) {
      const { on, status } = await interrupted(end);
      expect(status).toBe(0x04);
      expect(stored(on)).toBe(EMPTY);
    }
  });

  test('leaves the old array on disk; a failing disk answers 7F', async () => {
    const old = arrayOf(90);
    const on = bench();
    await writer(on, old, 90);
    await writer(on, array, 60, 60);
    expect(stored(on.restart())).toBe(toHex(old));
    const client = await ManagementClient.with(on, lbw);
    on.diskFull = true;
    expect((await client.setBlobs(array, 0, 100)).status).toBe(0x7f);
    expect(stored(on.restart())).toBe(toHex(old));
  });

  test('reset leaves the empty array', async () => {
    const on = bench();
    await writer(on, array, 100);
    await on.key.process(Uint8Array.of(7), { transport: 'usb' });
    expect(stored(on)).toBe(EMPTY);
    expect(stored(on.restart())).toBe(EMPTY);
  });
});
