import { describe, expect, test } from 'vitest';
import { bench } from './support/bench.ts';
import { ManagementClient, PERMISSION, PIN } from './support/management-client.ts';

const { mc, be, lbw, acfg } = PERMISSION;
const RIGHT = { finger: 'right index' };
const STRANGER = { finger: 'somebody else' };

async function enrolled(model = 'ctap-2.3') {
  const on = bench(model);
  const client = await ManagementClient.with(on, be);
  await client.enroll(on, RIGHT.finger, on.key.supports(0x09) ? 0x09 : 0x40);
  return { on, client };
}

/** Subcommand 06. */
async function uvToken(client: ManagementClient, permissions?: number, rpId?: string) {
  const secret = await client.agree();
  const { status, members } = await client.clientPin({
    1: client.protocol,
    2: 6,
    3: secret.publicKey,
    9: permissions,
    10: rpId,
  });
  return members.get(2) ? { status, token: secret.decrypt(members.get(2)) } : { status };
}

const uvRetries = async (client: ManagementClient) => (await client.clientPin({ 2: 7 })).members.get(5);
const uvCount = async (client: ManagementClient) => (await client.info()).get(0x17);

describe('getPinUvAuthTokenUsingUvWithPermissions', () => {
  test('a token for a finger, as good as one for the PIN', async () => {
    const { on, client } = await enrolled();
    on.fingers.push(RIGHT);
    const { status, token } = await uvToken(client, lbw);
    expect(status).toBe(0);
    client.held = token;
    expect((await client.setBlobs(new Uint8Array(10), 0, 20)).status).toBe(0);
    expect((await client.config(2)).status).toBe(0x33);
  });

  test('no finger enrolled: 30; a model without sensor does not know the subcommand', async () => {
    expect((await uvToken(new ManagementClient(bench()), lbw)).status).toBe(0x30);
    expect((await uvToken(new ManagementClient(bench('yubikey-5-nfc')), lbw)).status).toBe(0x02);
    expect((await new ManagementClient(bench('yubikey-5-nfc')).clientPin({ 1: 2, 2: 7 })).status).toBe(0x02);
  });

  test('refused 27, nobody 2F (3A at Yubico), and neither costs a try', async () => {
    const { on, client } = await enrolled();
    on.fingers.push('denied', 'timeout', 'cancelled');
    expect((await uvToken(client, lbw)).status).toBe(0x27);
    expect((await uvToken(client, lbw)).status).toBe(0x2f);
    expect((await uvToken(client, lbw)).status).toBe(0x2d);
    expect(await uvRetries(client)).toBe(5);
    expect((await uvToken((await enrolled('yubikey-bio')).client, lbw)).status).toBe(0x3a);
  });

  test('permissions: 02 none, 14 missing, 40 those that a finger does not give', async () => {
    const { on, client } = await enrolled();
    expect((await uvToken(client, 0)).status).toBe(0x02);
    expect((await uvToken(client)).status).toBe(0x14);
    expect((await uvToken(client, be)).status).toBe(0x40);
    expect((await uvToken(client, acfg)).status).toBe(0x40);
    expect((await uvToken(client, mc)).status).toBe(0x14);
    on.fingers.push(RIGHT);
    expect((await uvToken(client, mc, 'example.com')).status).toBe(0);
  });

  test('cancelled: 2D', async () => {
    const { on, client } = await enrolled();
    on.fingers.push(() => new Promise(() => {}));
    const pending = uvToken(client, lbw);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await on.key.powerCycle();
    expect((await pending).status).toBe(0x2d);
  });

  test('the preview has no permissions', async () => {
    const { on, client } = await enrolled('feitian-biopass');
    on.fingers.push(RIGHT);
    const { status, token } = await uvToken(client);
    expect(status).toBe(0);
    client.held = token;
    expect((await client.bio(4, undefined, {}, 0x40)).status).toBe(0);
  });
});

describe('uvRetries', () => {
  test('fall with each stranger: 3F, then 3C; nothing helps then but the PIN', async () => {
    const { on, client } = await enrolled();
    for (let left = 4; left >= 1; left--) {
      on.fingers.push(STRANGER);
      expect((await uvToken(client, lbw)).status).toBe(0x3f);
      expect(await uvRetries(client)).toBe(left);
    }
    on.fingers.push(STRANGER);
    expect((await uvToken(client, lbw)).status).toBe(0x3c);
    on.fingers.push(RIGHT);
    expect((await uvToken(client, lbw)).status).toBe(0x3c);
    expect(on.fingers).toHaveLength(1);
    await on.key.powerCycle();
    expect(await uvRetries(client)).toBe(0);
    await client.authorise(lbw);
    expect(await uvRetries(client)).toBe(5);
    expect((await uvToken(client, lbw)).status).toBe(0);
  });

  test('are restored by the right finger', async () => {
    const { on, client } = await enrolled('yubikey-bio');
    on.fingers.push(STRANGER, STRANGER, RIGHT);
    for (const status of [0x3f, 0x3f, 0]) expect((await uvToken(client, lbw)).status).toBe(status);
    expect(await uvRetries(client)).toBe(3);
  });

  test('are lowered on disk before the finger is compared', async () => {
    const { on, client } = await enrolled();
    const before = on.saved.length;
    on.fingers.push(RIGHT);
    await uvToken(client, lbw);
    const tries = on.saved.slice(before).map(({ pin }) => (pin as { uvRetries: number }).uvRetries);
    expect(tries).toEqual([4, 5]);
  });
});

test('the verifications since the PIN was last entered are counted', async () => {
  const { on, client } = await enrolled();
  on.fingers.push(RIGHT, STRANGER, RIGHT);
  for (let i = 0; i < 3; i++) await uvToken(client, lbw);
  expect(await uvCount(client)).toBe(2);
  await client.authorise(lbw);
  expect(await uvCount(client)).toBe(0);
});

test('getInfo tells how many tries a platform should make, and that it is a finger', async () => {
  const { client } = await enrolled();
  const info = await client.info();
  expect([info.get(0x11), info.get(0x12)]).toEqual([3, 2]);
});

test('a wrong PIN restores nothing', async () => {
  const { on, client } = await enrolled();
  on.fingers.push(STRANGER);
  await uvToken(client, lbw);
  expect((await client.token(`${PIN}0`, lbw)).status).toBe(0x31);
  expect(await uvRetries(client)).toBe(4);
});

test('the finger itself is nowhere in what the client sees', async () => {
  const { client } = await enrolled();
  const { members } = await client.bio(4);
  expect(JSON.stringify([...members.get(7)[0].values()])).not.toContain(RIGHT.finger);
});
