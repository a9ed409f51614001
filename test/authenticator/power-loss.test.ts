/** The power goes in the middle of a command: what is stored is as before it, or as after it, and the key goes on. */
import { describe, expect, test } from 'vitest';
import { stateToJson } from '../../src/authenticator/state.ts';
import { type Bench, bench } from './support/bench.ts';
import { CredentialClient, map, user } from './support/credential-client.ts';
import { ManagementClient, PERMISSION, PIN, serialized } from './support/management-client.ts';

const RK = map({ rk: true });
const { be, lbw, cm } = PERMISSION;

/** What somebody might be waiting for when the plug is pulled. */
const WAITING: Record<string, (client: ManagementClient, on: Bench) => Promise<unknown>> = {
  makeCredential: async (_client, on) => {
    const making = new CredentialClient(on);
    const { token } = await making.token(PIN, PERMISSION.mc, 'example.com');
    const hash = new Uint8Array(32);
    return making.register({ 1: hash, 3: user(2), 7: RK, 8: making.authenticate(token!, hash), 9: 2 });
  },
  getAssertion: (_client, on) => new CredentialClient(on).assert(),
  reset: (client) => client.send(Uint8Array.of(0x07)),
  enrollBegin: (client) => client.bio(1, {}),
};

/** What is written down, but for counters of this power cycle. */
const kept = ({ key }: Bench) => ({ ...stateToJson(key.state), powerCycle: undefined });

async function prepared() {
  const on = bench();
  await new CredentialClient(on).register({ 7: RK });
  const client = await ManagementClient.with(on, be | lbw | cm);
  on.touches.push(() => new Promise(() => {}));
  on.samples.push(() => new Promise(() => {}));
  return { on, client };
}

describe.each(Object.entries(WAITING))('%s, waiting for somebody', (_name, begin) => {
  test('the process dies: as before', async () => {
    const { on, client } = await prepared();
    const before = kept(on);
    void begin(client, on);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const again = on.restart();
    expect(kept(again)).toEqual(before);
    expect((await new ManagementClient(again).token(PIN, cm)).status).toBe(0);
  });

  test('unplugged and plugged in: as before, and the request ends', async () => {
    const { on, client } = await prepared();
    const before = kept(on);
    const answer = begin(client, on);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await on.key.powerCycle();
    expect(await answer).toMatchObject({ status: 0x2d });
    expect(kept(on)).toEqual(before);
    expect(kept(on.restart())).toEqual(before);
  });
});

describe('what cannot be written down is not done', () => {
  const blobs = serialized(new Uint8Array(40));
  const credential = ({ key }: Bench) =>
    map({ id: key.state.credentials.discoverable[0]!.credentialId, type: 'public-key' });
  const CHANGES: Record<string, (client: ManagementClient, on: Bench) => Promise<unknown>> = {
    updateUserInformation: (client, on) =>
      client.credMgmt(7, { 2: credential(on), 3: map({ id: Uint8Array.of(1), name: 'new' }) }),
    deleteCredential: (client, on) => client.credMgmt(6, { 2: credential(on) }),
    'the last fragment of a large-blob array': (client) => client.setBlobs(blobs, 0, blobs.length),
    makeCredential: (client, on) => WAITING.makeCredential!(client, on),
    reset: (client) => client.send(Uint8Array.of(0x07)),
  };

  test.each(Object.entries(CHANGES))('%s: OTHER, and the next process finds all as before', async (_name, change) => {
    const { on, client } = await prepared();
    on.touches.length = 0;
    const before = kept(on);
    // makeCredential takes its token first, which is written down.
    const write = on.key.environment.save;
    Object.assign(on.key.environment, {
      save: (json: Parameters<typeof write>[0]) => {
        if (
          JSON.stringify({ ...json, powerCycle: 0, pin: 0 }) !== JSON.stringify({ ...before, powerCycle: 0, pin: 0 })
        ) {
          throw new Error('power lost');
        }
        return write(json);
      },
    });
    expect(await change(client, on)).toMatchObject({ status: 0x7f });
    expect(kept(on.restart())).toEqual(before);
  });

  test('a PIN is compared only once the try is written down', async () => {
    const { on, client } = await prepared();
    on.diskFull = true;
    expect(await client.token(PIN, cm)).toEqual({ status: 0x7f });
    on.diskFull = false;
    const before = on.saved.length;
    expect((await client.token(PIN, cm)).status).toBe(0);
    const tries = on.saved.slice(before).map(({ pin }) => (pin as { pinRetries: number }).pinRetries);
    expect(tries[0]).toBeLessThan(8);
    expect(tries.at(-1)).toBe(8);
  });
});
