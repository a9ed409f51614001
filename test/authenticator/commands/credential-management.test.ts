import { createDecipheriv, createECDH, createHash, hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type DiscoverableCredential, storedRpId } from '../../../src/authenticator/state/credentials.ts';
import { toHex, utf8 } from '../../../src/encoding/bytes.ts';
import { type Bench, bench } from '../support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, map, user } from '../support/credential-client.ts';
import type { Members, Wire } from '../support/hand-made-client.ts';
import { ManagementClient, PERMISSION, PIN } from '../support/management-client.ts';

const { cm, pcmr, acfg } = PERMISSION;
const hash = (rpId: string) => new Uint8Array(createHash('sha256').update(rpId).digest());
const descriptor = (id: Uint8Array) =>
  new Map<string, Wire>([
    ['id', id],
    ['type', 'public-key'],
  ]);
const userMap = (id: Uint8Array, name?: string, displayName?: string) =>
  new Map<string, Wire>([
    ['id', id],
    ...(name === undefined ? [] : [['name', name] as const]),
    ...(displayName === undefined ? [] : [['displayName', displayName] as const]),
  ]);

/** Puts a credential where makeCredential would. */
function store(on: Bench, rpId: string, name: string, more: Partial<DiscoverableCredential> = {}) {
  const credential: DiscoverableCredential = {
    credentialId: new Uint8Array(createHash('sha256').update(`${rpId}/${name}`).digest()),
    rpIDHash: hash(rpId),
    rpId: storedRpId(rpId, on.model),
    rpName: `The ${rpId}`,
    user: { id: utf8(name), name, displayName: name.toUpperCase() },
    alg: -7,
    privateKey: new Uint8Array(32).fill(1),
    credProtect: 1,
    credRandomWithUV: new Uint8Array(32),
    credRandomWithoutUV: new Uint8Array(32),
    thirdPartyPayment: false,
    signCount: 0,
    ...more,
  };
  on.key.state.credentials.discoverable.push(credential);
  return credential;
}

const GENERATIONS = [
  ['credentialManagement', 'ctap-2.3', 0x0a],
  ['on a YubiKey', 'yubikey-5-nfc', 0x0a],
  ['preview on a YubiKey', 'yubikey-5-nfc', 0x41],
  ['preview', 'ctap-2.1-pre', 0x41],
] as const;

describe.each(GENERATIONS)('%s', (_name, model, code) => {
  const prepare = async () => {
    const on = bench(model);
    const client = await ManagementClient.with(on, cm);
    const ask = (sub: number, params?: Members, overrides?: Members) => client.credMgmt(sub, params, overrides, code);
    const next = (sub: number) => client.command(code, { 1: sub });
    return { on, client, ask, next };
  };
  const filled = async () => {
    const prepared = await prepare();
    const { on } = prepared;
    const stored = {
      alice: store(on, 'a.example', 'alice'),
      bob: store(on, 'b.example', 'bob'),
      anna: store(on, 'a.example', 'anna', { credProtect: 3, largeBlobKey: new Uint8Array(32).fill(7) }),
    };
    return { ...prepared, stored };
  };

  test('counts what is there and what has room', async () => {
    const { on, ask } = await filled();
    const { status, members } = await ask(1);
    expect(status).toBe(0);
    const room = on.model.storage.discoverableCredentials;
    expect([members.get(1), members.get(2)]).toEqual([3, room - 3]);
    expect(members.size).toBe(2);
  });

  test('enumerates RPs', async () => {
    const { ask, next } = await filled();
    const first = await ask(2);
    const second = await next(3);
    expect([first.status, second.status, first.members.get(5), second.members.get(5)]).toEqual([0, 0, 2, undefined]);
    const rps = [first, second].map(({ members }) => [members.get(3).get('id'), toHex(members.get(4))]);
    expect(rps.sort()).toEqual([
      ['a.example', toHex(hash('a.example'))],
      ['b.example', toHex(hash('b.example'))],
    ]);
    expect(first.members.get(3).get('name')).toBe(`The ${first.members.get(3).get('id')}`);
    expect((await next(3)).status).toBe(0x30);
  });

  test('enumerates the credentials of an RP, newest first', async () => {
    const { on, ask, next, stored } = await filled();
    const first = (await ask(4, { 1: hash('a.example') })).members;
    const second = (await next(5)).members;
    expect([first.get(9), second.get(9)]).toEqual([2, undefined]);
    expect(first.get(6)).toEqual(userMap(stored.anna.user.id, 'anna', 'ANNA'));
    expect(first.get(7)).toEqual(descriptor(stored.anna.credentialId));
    expect([first.get(10), second.get(10)]).toEqual([3, 1]);
    expect(first.get(11)).toEqual(stored.anna.largeBlobKey);
    expect(second.get(6)).toEqual(userMap(stored.alice.user.id, 'alice', 'ALICE'));
    expect(second.get(11)).toBeUndefined();
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(Buffer.alloc(32, 1));
    const point = new Uint8Array(ecdh.getPublicKey());
    expect(first.get(8)).toEqual(
      new Map<number, Wire>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point.slice(1, 33)],
        [-3, point.slice(33)],
      ]),
    );
    expect(first.get(12)).toBe(on.model.specification === '2.3' ? false : undefined);
    expect((await next(5)).status).toBe(0x30);
  });

  test('deletes; the rest stays, and nothing of the secret', async () => {
    const { on, ask, stored } = await filled();
    expect((await ask(6, { 2: descriptor(stored.alice.credentialId) })).status).toBe(0);
    expect((await ask(6, { 2: descriptor(stored.alice.credentialId) })).status).toBe(0x2e);
    expect((await ask(1)).members.get(1)).toBe(2);
    expect((await ask(4, { 1: hash('a.example') })).members.get(9)).toBe(1);
    expect(on.restart().key.state.credentials.discoverable).toHaveLength(2);
    expect(stored.alice.privateKey).toEqual(new Uint8Array(32));
  });

  test('who may: 36, 14, 02, 33', async () => {
    const { client, ask, stored } = await filled();
    const params: Record<number, Members | undefined> = {
      1: undefined,
      2: undefined,
      4: { 1: hash('a.example') },
      6: { 2: descriptor(stored.bob.credentialId) },
      ...(model !== 'ctap-2.1-pre' && {
        7: { 2: descriptor(stored.bob.credentialId), 3: userMap(stored.bob.user.id, 'bob') },
      }),
    };
    for (const [subCommand, map] of Object.entries(params)) {
      const refused = async (overrides: Members) => (await ask(Number(subCommand), map, overrides)).status;
      expect(await refused({ 3: undefined, 4: undefined })).toBe(0x36);
      expect(await refused({ 3: undefined })).toBe(0x14);
      expect(await refused({ 3: 9 })).toBe(0x02);
      expect(await refused({ 4: new Uint8Array(16 * client.protocol) })).toBe(0x33);
    }
    if (model === 'ctap-2.1-pre') return;
    await client.authorise(acfg);
    for (const [subCommand, map] of Object.entries(params))
      expect((await ask(Number(subCommand), map)).status).toBe(0x33);
  });

  test('members that are missing: 14; an unknown RP or credential: 2E', async () => {
    const { ask } = await filled();
    expect((await ask(4)).status).toBe(0x14);
    expect((await ask(4, {})).status).toBe(0x14);
    expect((await ask(6)).status).toBe(0x14);
    expect((await ask(6, {})).status).toBe(0x14);
    expect((await ask(4, { 1: hash('c.example') })).status).toBe(0x2e);
    expect((await ask(6, { 2: descriptor(new Uint8Array(32)) })).status).toBe(0x2e);
  });

  test('unknown subcommands, and updateUserInformation in the preview', async () => {
    const { on, ask, stored } = await filled();
    const { unknownSubCommandStatus } = on.model.quirks;
    expect((await ask(8)).status).toBe(unknownSubCommandStatus);
    const rename = { 2: descriptor(stored.bob.credentialId), 3: userMap(stored.bob.user.id, 'robert') };
    // Where 41 is one more number of 0A, it renames as well: libfido2 1.12 to 1.14 sends nothing else.
    const isPreview = model === 'ctap-2.1-pre';
    expect((await ask(7, rename)).status).toBe(isPreview ? unknownSubCommandStatus : 0);
    const { name } = on.key.state.credentials.discoverable.find(({ rpId }) => rpId === 'b.example')?.user ?? {};
    expect(name).toBe(isPreview ? 'bob' : 'robert');
  });
});

describe('nothing stored', () => {
  const begin = async (model: string, code: number) => {
    const client = await ManagementClient.with(bench(model), cm);
    return client.credMgmt(2, undefined, {}, code);
  };
  test('is 2E by the specification', async () => {
    expect((await begin('ctap-2.3', 0x0a)).status).toBe(0x2e);
    expect((await begin('ctap-2.1-pre', 0x41)).status).toBe(0x2e);
  });
  test('is totalRPs 0 at Yubico', async () => {
    const { status, members } = await begin('yubikey-5-nfc', 0x0a);
    expect([status, members]).toEqual([0, new Map([[5, 0]])]);
  });
  test('is no members at Feitian', async () => {
    for (const [model, code] of [
      ['feitian-epass-nfc', 0x0a],
      ['feitian-biopass', 0x41],
    ] as const) {
      const { status, members } = await begin(model, code);
      expect([status, members.size]).toEqual([0, 0]);
    }
  });
});

describe('an enumeration', () => {
  async function begun(sub: 2 | 4) {
    const on = bench();
    const client = await ManagementClient.with(on, cm);
    const [alice] = [store(on, 'a.example', 'alice'), store(on, 'a.example', 'anna'), store(on, 'b.example', 'bob')];
    expect((await client.credMgmt(sub, sub === 4 ? { 1: hash('a.example') } : undefined)).status).toBe(0);
    return { on, client, alice };
  }
  const next = (client: ManagementClient, sub: 2 | 4) => client.command(0x0a, { 1: sub + 1 });

  test.each([2, 4] as const)('of subcommand %i survives getInfo and getPINRetries', async (sub) => {
    const { client } = await begun(sub);
    await client.info();
    await client.retries();
    expect((await next(client, sub)).status).toBe(0);
  });

  test.each([2, 4] as const)('of subcommand %i ends with anything stateful, a new token or power: 30', async (sub) => {
    const ends: ((on: Bench, client: ManagementClient, id: Uint8Array) => Promise<unknown>)[] = [
      (_on, client) => client.credMgmt(1),
      (_on, client, id) => client.credMgmt(6, { 2: descriptor(id) }),
      (_on, client) => next(client, sub === 2 ? 4 : 2),
      (_on, client) => client.getBlobs(0, 1),
      (_on, client) => client.bio(7),
      (_on, client) => client.authorise(cm),
      (_on, client) => client.authorise(pcmr),
      (on) => on.key.powerCycle(),
      (on) => on.key.process(Uint8Array.of(7), { transport: 'usb' }),
    ];
    for (const end of ends) {
      const { on, client, alice } = await begun(sub);
      await end(on, client, alice.credentialId);
      expect((await next(client, sub)).status).toBe(0x30);
    }
  });

  test('never begun: 30', async () => {
    const client = new ManagementClient(bench());
    expect((await next(client, 2)).status).toBe(0x30);
    expect((await next(client, 4)).status).toBe(0x30);
  });
});

describe('a token bound to an RP', () => {
  async function bound(rpId: string) {
    const on = bench();
    const client = await ManagementClient.with(on, cm);
    const stored = { alice: store(on, 'a.example', 'alice'), bob: store(on, 'b.example', 'bob') };
    await client.authorise(cm, rpId);
    return { client, stored };
  }
  test('is of no use for what concerns all: 33', async () => {
    const { client } = await bound('a.example');
    expect((await client.credMgmt(1)).status).toBe(0x33);
    expect((await client.credMgmt(2)).status).toBe(0x33);
  });
  test('lists, renames and deletes what is of that RP, and no other: 33', async () => {
    const { client, stored } = await bound('a.example');
    expect((await client.credMgmt(4, { 1: hash('a.example') })).status).toBe(0);
    expect((await client.credMgmt(4, { 1: hash('b.example') })).status).toBe(0x33);
    for (const [{ credentialId, user }, status] of [
      [stored.bob, 0x33],
      [stored.alice, 0],
    ] as const) {
      const rename = { 2: descriptor(credentialId), 3: userMap(user.id, 'x') };
      expect((await client.credMgmt(7, rename)).status).toBe(status);
      expect((await client.credMgmt(6, { 2: descriptor(credentialId) })).status).toBe(status);
    }
  });
});

describe('the persistent token', () => {
  async function reader() {
    const on = bench();
    const client = await ManagementClient.with(on, pcmr);
    return { on, client, bob: store(on, 'b.example', 'bob') };
  }
  test('reads, also after power-off, and never writes: 33', async () => {
    const { on, client, bob } = await reader();
    for (let i = 0; i < 2; i++) {
      expect((await client.credMgmt(1)).members.get(1)).toBe(1);
      expect((await client.credMgmt(2)).status).toBe(0);
      expect((await client.credMgmt(4, { 1: bob.rpIDHash })).status).toBe(0);
      expect((await client.credMgmt(6, { 2: descriptor(bob.credentialId) })).status).toBe(0x33);
      const rename = { 2: descriptor(bob.credentialId), 3: userMap(bob.user.id, 'x') };
      expect((await client.credMgmt(7, rename)).status).toBe(0x33);
      await on.key.powerCycle();
    }
  });
  test('dies with a new PIN and with forceChangePin', async () => {
    const { client } = await reader();
    await client.changePin(PIN, '97531864');
    expect((await client.credMgmt(1)).status).toBe(0x33);
    await client.authorise(pcmr, undefined, '97531864');
    const persistent = client.held;
    expect((await client.credMgmt(1)).status).toBe(0);
    await client.authorise(acfg, undefined, '97531864');
    expect((await client.config(3, { 3: true })).status).toBe(0);
    client.held = persistent;
    expect((await client.credMgmt(1)).status).toBe(0x33);
  });
});

describe('updateUserInformation', () => {
  async function one(model = 'ctap-2.3') {
    const on = bench(model);
    const client = await ManagementClient.with(on, cm);
    const bob = store(on, 'b.example', 'bob');
    const rename = (...user: Parameters<typeof userMap>) =>
      client.credMgmt(7, { 2: descriptor(bob.credentialId), 3: userMap(...user) });
    return { on, client, bob, rename };
  }
  test('replaces the names and erases those that are absent', async () => {
    const { on, client, bob, rename } = await one();
    expect((await rename(bob.user.id, 'robert')).status).toBe(0);
    const { members } = await client.credMgmt(4, { 1: bob.rpIDHash });
    expect(members.get(6)).toEqual(userMap(bob.user.id, 'robert'));
    expect(on.restart().key.state.credentials.discoverable[0]?.user.displayName).toBeUndefined();
  });
  test('another user.id: 02; no user: 14; no room: 28', async () => {
    const { client, bob, rename } = await one('yubikey-5-nfc');
    expect((await rename(Uint8Array.of(1), 'robert')).status).toBe(0x02);
    expect((await client.credMgmt(7, { 2: descriptor(bob.credentialId) })).status).toBe(0x14);
    expect((await client.credMgmt(7, { 3: userMap(bob.user.id) })).status).toBe(0x14);
    expect((await rename(bob.user.id, 'x'.repeat(64), 'y'.repeat(64))).status).toBe(0);
    expect((await rename(bob.user.id, 'x'.repeat(65))).status).toBe(0x28);
    expect((await rename(bob.user.id, 'x', 'ß'.repeat(33))).status).toBe(0x28);
    expect((await client.credMgmt(4, { 1: bob.rpIDHash })).members.get(6).get('name')).toBe('x'.repeat(64));
  });
});

test('a model that shortens RP IDs shows the tail; the hash is of all of it', async () => {
  const on = bench('ctap-2.1-pre');
  const client = await ManagementClient.with(on, cm);
  const rpId = 'login.accounts.some-company-with-a-long-name.example';
  store(on, rpId, 'alice');
  const { members } = await client.credMgmt(2, undefined, {}, 0x41);
  const shown: string = members.get(3).get('id');
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(32);
  expect(shown).toMatch(/^….*long-name\.example$/);
  expect(members.get(4)).toEqual(hash(rpId));
});

test('encCredStoreState changes with what is stored, and with nothing else', async () => {
  const on = bench();
  const client = await ManagementClient.with(on, cm);
  const bob = store(on, 'b.example', 'bob');
  const state = () => toHex(on.key.state.identity.credStoreState);
  const identifier = toHex(on.key.state.identity.deviceIdentifier);
  let before = state();
  await client.credMgmt(1);
  await client.credMgmt(2);
  await client.credMgmt(4, { 1: bob.rpIDHash });
  await client.credMgmt(7, { 2: descriptor(bob.credentialId), 3: userMap(Uint8Array.of(1)) });
  await on.key.powerCycle();
  await client.authorise(cm);
  expect(state()).toBe(before);
  await client.credMgmt(7, { 2: descriptor(bob.credentialId), 3: userMap(bob.user.id, 'x') });
  expect(state()).not.toBe(before);
  before = state();
  await client.credMgmt(6, { 2: descriptor(bob.credentialId) });
  expect(state()).not.toBe(before);
  expect(toHex(on.key.state.identity.deviceIdentifier)).toBe(identifier);
});

test('encCredStoreState, decrypted, differs after create, update and delete, and is the same in each getInfo between them', async () => {
  const on = bench();
  const client = await ManagementClient.with(on, cm);
  const making = new CredentialClient(on);
  const stored = async () => {
    const { token } = await client.token(PIN, PERMISSION.pcmr);
    const key = Buffer.from(hkdfSync('sha256', token!, new Uint8Array(32), 'encCredStoreState', 16));
    const states = [];
    for (let i = 0; i < 2; i++) {
      const member: Uint8Array = (await client.info()).get(0x1e);
      const decipher = createDecipheriv('aes-128-cbc', key, member.subarray(0, 16)).setAutoPadding(false);
      states.push([
        toHex(member),
        Buffer.concat([decipher.update(member.subarray(16)), decipher.final()]).toString('hex'),
      ]);
    }
    const [[once, state], [again, same]] = states as [[string, string], [string, string]];
    expect(once).not.toBe(again);
    expect(state).toBe(same);
    await client.authorise(cm);
    return state;
  };
  const seen = [await stored()];
  const register = async (members = {}) => {
    const { token } = await making.token(PIN, PERMISSION.mc, 'example.com');
    const { credential } = await making.register({
      8: making.authenticate(token!, CLIENT_DATA_HASH),
      9: 2,
      ...members,
    });
    seen.push(await stored());
    return credential;
  };
  const rk = { 7: map({ rk: true }) };
  const made = await register(rk);
  await register(rk); // overwritten
  await register();
  const { id } = await register({ ...rk, 3: user(2) });
  expect((await client.credMgmt(7, { 2: descriptor(id), 3: map({ id: Uint8Array.of(2), name: 'new' }) })).status).toBe(
    0,
  );
  seen.push(await stored());
  expect((await client.credMgmt(6, { 2: descriptor(id) })).status).toBe(0);
  seen.push(await stored());
  expect(toHex(made.id)).not.toBe(toHex(id));
  // One that is not stored changes nothing.
  expect(seen.map((state, i) => i > 0 && state === seen[i - 1])).toEqual([
    false,
    false,
    false,
    true,
    false,
    false,
    false,
  ]);
  expect(new Set(seen).size).toBe(6);
});
