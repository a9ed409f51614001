import { describe, expect, test } from 'vitest';
import { Session } from '../../src/client/session.ts';
import type { CborValue } from '../../src/encoding/cbor.ts';
import { FidoError } from '../../src/errors.ts';
import { type ResetPorts, resetOne } from '../../src/fleet/reset-one.ts';
import { describeSession } from '../../src/keys/describe.ts';
import { blank, configured, sent, setUp } from '../support/reset-setup.ts';
import { infoAnswer } from '../support/scripted-device.ts';

async function resetFirst(setup: Awaited<ReturnType<typeof setUp>>, confirm?: ResetPorts['confirm']): Promise<Session> {
  const { finder, keys } = setup;
  const openSession: ResetPorts['openSession'] = (key) => Session.open(key, { interaction: finder.interaction });
  const session = await openSession(keys[0]!);
  const key = await describeSession(session);
  return resetOne(session, key, { finder, interaction: finder.interaction, openSession, confirm, timeoutMs: 2_000 });
}

describe('the question', () => {
  test('comes before the key is removed', async () => {
    const setup = await setUp({ after: [[configured, 0, blank]] });
    const asked: string[] = [];
    await resetFirst(setup, async ({ id }) => {
      asked.push(id, ...setup.finder.told);
    });
    expect(asked).toEqual([setup.keys[0]!.id]);
    expect(setup.finder.told).toEqual(['remove', 'insert', 'window']);
  });

  test('answered by no, leaves the key alone', async () => {
    const setup = await setUp({ after: [] });
    const declined = new FidoError('declined', 'that is not its name');
    await expect(resetFirst(setup, () => Promise.reject(declined))).rejects.toBe(declined);
    expect(setup.finder.told).toEqual([]);
    expect(sent(setup.devices[0]!)).toEqual(['04']);
  });

  test('is not asked about a key that takes no reset as it is connected', async () => {
    const nfcOnly: [number, CborValue][] = [[0x1a, ['nfc']]];
    const setup = await setUp({ before: [infoAnswer({ clientPin: true }, nfcOnly)], after: [] });
    const unasked = () => expect.unreachable('nobody is to be asked');
    await expect(resetFirst(setup, unasked)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

test('without a question nobody is asked, and the session to the key after its reset is answered', async () => {
  const setup = await setUp({ after: [[configured, 0, blank]] });
  const fresh = await resetFirst(setup);
  expect(fresh.key).toBe(setup.keys[1]);
  expect((await fresh.info()).options).toMatchObject({ clientPin: false });
});
