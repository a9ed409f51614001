import { expect, test } from 'vitest';
import { Session } from '../../src/client/session.ts';
import { getInfo } from '../../src/ctap2/commands/get-info.ts';
import { encodeCbor } from '../../src/encoding/cbor.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

test("a key's answer is wiped once it was read; what was read of it stays", async () => {
  const cbor = encodeCbor(infoAnswer({ rk: true }));
  // A Buffer, as libraries hand out: its slices are views.
  const answer = Buffer.from([0, ...cbor]);
  const session = await Session.open(discovered(new ScriptedDevice([answer])));
  const { aaguid, options } = await session.call(getInfo, {});
  expect(answer.every((byte) => byte === 0)).toBe(true);
  expect([aaguid, options]).toEqual([new Uint8Array(16).fill(7), { rk: true }]);
  expect(session.infoBytes).toEqual(cbor);
});

test('a key that changes its mind without end about what it waits for does not flood its user', async () => {
  const device = new ScriptedDevice([
    ({ onKeepalive }) => {
      for (let n = 0; n < 10_000; n++) onKeepalive?.(1 + (n % 2));
      return infoAnswer({});
    },
  ]);
  let told = 0;
  const interaction = { touch: () => void told++, processing: () => void told++ };
  const session = await Session.open(discovered(device), { interaction });
  await session.info();
  expect(told).toBeGreaterThan(10);
  expect(told).toBeLessThanOrEqual(64);
});
