/** Sequences of commands on two CTAPHID channels (CTAP 2.3 §6): what one client began is not continued by another. */
import { describe, expect, test } from 'vitest';
import { type Bench, bench } from './support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, map, user } from './support/credential-client.ts';
import type { Answer } from './support/hand-made-client.ts';
import { ManagementClient, PERMISSION, serialized } from './support/management-client.ts';

const FINGER = { finger: 'right index' };
const BLOBS = serialized(new Uint8Array(40));

const ALL = PERMISSION.cm | PERMISSION.be | PERMISSION.lbw;

interface Sequence {
  begin(client: ManagementClient, on: Bench): Promise<Answer>;
  next(client: ManagementClient, begun: Answer): Promise<Answer>;
  outOfTurn: number;
}

const SEQUENCES: Record<string, Sequence> = {
  'getAssertion, getNextAssertion': {
    begin: (client) => client.command(0x02, { 1: 'example.com', 2: CLIENT_DATA_HASH }),
    next: (client) => client.send(Uint8Array.of(0x08)),
    outOfTurn: 0x30,
  },
  'enumerateRPsBegin, enumerateRPsGetNextRP': {
    begin: (client) => client.credMgmt(2),
    next: (client) => client.command(0x0a, { 1: 3 }),
    outOfTurn: 0x30,
  },
  'enumerateCredentialsBegin, enumerateCredentialsGetNextCredential': {
    begin: async (client) => client.credMgmt(4, { 1: (await client.credMgmt(2)).members.get(4) }),
    next: (client) => client.command(0x0a, { 1: 5 }),
    outOfTurn: 0x30,
  },
  'enrollBegin, enrollCaptureNextSample': {
    begin: (client, on) => {
      on.samples.push(FINGER, FINGER, FINGER);
      return client.bio(1, {});
    },
    next: (client, begun) => client.bio(2, { 1: begun.members.get(4) }),
    outOfTurn: 0x30,
  },
  'fragments of a large-blob array': {
    begin: (client) => client.setBlobs(BLOBS.slice(0, 20), 0, BLOBS.length),
    next: (client) => client.setBlobs(BLOBS.slice(20), 20),
    outOfTurn: 0x04,
  },
};

describe.each(Object.entries(SEQUENCES))('%s', (_name, { begin, next, outOfTurn }) => {
  async function twoClients() {
    const on = bench();
    const credentials = new CredentialClient(on);
    for (const id of ['example.com', 'example.org']) {
      for (const n of [1, 2]) await credentials.register({ 2: map({ id }), 3: user(n), 7: map({ rk: true }) });
    }
    const first = await ManagementClient.with(on, ALL);
    const second = new ManagementClient(on);
    second.held = first.held;
    [first.channel, second.channel] = [7, 8];
    return { on, first, second };
  }

  test('goes on where it began, whatever is read on another channel meanwhile', async () => {
    const { on, first, second } = await twoClients();
    const begun = await begin(first, on);
    expect(begun.status).toBe(0);
    await second.info();
    await second.retries();
    expect((await next(first, begun)).status).toBe(0);
  });

  test('is not continued from another channel, which ends it', async () => {
    const { on, first, second } = await twoClients();
    const begun = await begin(first, on);
    expect((await next(second, begun)).status).toBe(outOfTurn);
    expect((await next(first, begun)).status).toBe(outOfTurn);
  });

  test('does not survive the power, nor another process on the same store', async () => {
    const { on, first } = await twoClients();
    const begun = await begin(first, on);
    await on.key.powerCycle();
    await first.authorise(ALL);
    expect((await next(first, begun)).status).toBe(outOfTurn);
    await begin(first, on);
    const restarted = new ManagementClient(on.restart());
    restarted.channel = first.channel;
    await restarted.authorise(ALL);
    expect((await next(restarted, begun)).status).toBe(outOfTurn);
  });

  test('over ISO 7816 there is one channel', async () => {
    const { on, first } = await twoClients();
    first.channel = undefined;
    const begun = await begin(first, on);
    expect((await next(first, begun)).status).toBe(0);
  });
});
