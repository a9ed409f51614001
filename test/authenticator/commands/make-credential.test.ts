import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Model, modelById } from '../../../src/authenticator/models.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import { bench } from '../support/bench.ts';
import {
  CLIENT_DATA_HASH,
  CredentialClient,
  descriptor,
  GA,
  isSignedBy,
  MC,
  map,
  params,
  parseAuthData,
  RP,
  sha256,
  user,
} from '../support/credential-client.ts';
import { cbor, type Wire } from '../support/hand-made-client.ts';

const ctap23 = modelById('ctap-2.3');
const status = async (answer: Promise<{ status: number }>) => (await answer).status;
const RK = map({ rk: true });

function plain(model: Model | string = 'ctap-2.3') {
  const on = bench(model);
  return { on, client: new CredentialClient(on) };
}
async function protectedKey(model: Model | string = 'ctap-2.3', protocol: 1 | 2 = 2) {
  const on = bench(model);
  return { on, client: await CredentialClient.withPin(on, protocol) };
}

describe('order of checks (§6.1.2)', () => {
  test('1: an empty pinUvAuthParam waits for a touch, before anything else', async () => {
    const probe = { 8: new Uint8Array(0), 4: params(-999) };
    const { on, client } = plain();
    expect(await status(client.register(probe))).toBe(0x35);
    on.touches.push('denied', 'timeout', 'cancelled');
    expect(await status(client.register(probe))).toBe(0x27);
    expect(await status(client.register(probe))).toBe(0x27);
    expect(await status(client.register(probe))).toBe(0x2d);
    expect(on.touchRequests).toHaveLength(4);
    expect(await status((await protectedKey()).client.register({ ...probe, 9: 77 }))).toBe(0x31);
  });

  test('2: the protocol, before the algorithms', async () => {
    const { client } = await protectedKey();
    const bad = { 4: params(-999) };
    expect(await status(client.register({ ...bad, 8: new Uint8Array(32) }))).toBe(0x14);
    expect(await status(client.register({ ...bad, 8: new Uint8Array(32), 9: 3 }))).toBe(0x02);
    expect(await status(client.register({ ...bad, 8: new Uint8Array(32), 9: 2 }))).toBe(0x26);
  });

  test('3: algorithms, before the options', async () => {
    const { client } = plain();
    const bad = { 7: map({ up: false }) };
    expect(await status(client.register({ ...bad, 4: params(-999) }))).toBe(0x26);
    expect(await status(client.register({ ...bad, 4: [] }))).toBe(0x26);
    expect(await status(client.register({ ...bad, 4: [map({ alg: -7, type: 'another' })] }))).toBe(0x26);
    expect(await status(client.register({ ...bad, 4: [map({ alg: 'ES256', type: 'public-key' })] }))).toBe(0x11);
    expect(await status(client.register({ ...bad, 4: params(-7) }))).toBe(0x2c);
  });

  test('3: an element without alg or type is an error wherever it stands: MISSING_PARAMETER, INVALID_CBOR being the specification’s example', async () => {
    const good = map({ alg: -7, type: 'public-key' });
    for (const bad of [map({ alg: -7 }), map({ type: 'public-key' }), map({})]) {
      for (const list of [[bad], [bad, good], [good, bad]]) {
        for (const model of ['ctap-2.3', 'ctap-2.0']) {
          expect(await status(plain(model).client.register({ 4: list }))).toBe(0x14);
        }
      }
    }
  });

  test('3: the first that the key has wins', async () => {
    const { client } = plain();
    const { credential } = await client.register({ 4: params(-257, -8, -7) });
    expect(credential.publicKey.asymmetricKeyType).toBe('ed25519');
  });

  test('4: options', async () => {
    const { client } = plain();
    expect(await status(client.register({ 7: map({ uv: true }) }))).toBe(0x2c);
    expect(await status(client.register({ 7: map({ up: false }) }))).toBe(0x2c);
    expect(await status(client.register({ 7: map({ up: true }) }))).toBe(0);
    expect(await status(client.register({ 7: map({ uv: false, xyz: true }) }))).toBe(0);
    const withoutRk = { ...ctap23, options: { ...ctap23.options, rk: false } };
    expect(await status(plain(withoutRk).client.register({ 7: RK }))).toBe(0x2b);
    expect(await status(plain(withoutRk).client.register({ 7: map({ rk: false }) }))).toBe(0);
    expect(await status(plain('ctap-2.0').client.register({ 7: map({ uv: true }) }))).toBe(0x2b);
  });

  test('4: with pinUvAuthParam uv is ignored', async () => {
    const { client } = await protectedKey();
    const { credential } = await client.register({ ...(await client.authorised()), 7: map({ uv: true }) });
    expect(credential.flags & 0x04).toBe(0x04);
  });

  test('5: under alwaysUv nothing without verification, makeCredUvNotRqd or not', async () => {
    const { on, client } = await protectedKey();
    on.key.state.config.alwaysUv = true;
    expect(await status(client.register())).toBe(0x36);
    expect(await status(client.register(await client.authorised()))).toBe(0);
    const open = plain();
    open.on.key.state.config.alwaysUv = true;
    expect(await status(open.client.register())).toBe(0x36);
  });

  test('6: a protected key wants verification', async () => {
    const { client } = await protectedKey();
    expect(await status(client.register())).toBe(0);
    expect(await status(client.register({ 7: RK }))).toBe(0x36);
    const old = await protectedKey('ctap-2.0', 1);
    expect(await status(old.client.register())).toBe(0x36);
    const model = { ...ctap23, options: { ...ctap23.options, noMcGaPermissionsWithClientPin: true } };
    expect(await status((await protectedKey(model)).client.register({ 7: RK }))).toBe(0x27);
  });

  test('7: enterprise attestation, before the token is looked at', async () => {
    const { on, client } = await protectedKey();
    const wrong = { 8: new Uint8Array(32), 9: 2 };
    expect(await status(client.register({ ...wrong, 10: 1 }))).toBe(0x02);
    on.key.state.config.enterpriseAttestation = true;
    expect(await status(client.register({ ...wrong, 10: 3 }))).toBe(0x2c);
    expect(await status(client.register({ ...wrong, 10: 1 }))).toBe(0x33);
  });

  test('7: keys before 2.1 ignore it', async () => {
    expect(await status(plain('ctap-2.0').client.register({ 10: 1 }))).toBe(0);
  });

  test('8: the token: MAC, right, RP; before the excludeList', async () => {
    const { client } = await protectedKey();
    const { credential } = await client.register();
    const excluded = { 5: [descriptor(credential.id)] };
    expect(await status(client.register({ ...excluded, 8: new Uint8Array(32), 9: 2 }))).toBe(0x33);
    expect(await status(client.register({ ...excluded, ...(await client.authorised(GA)) }))).toBe(0x33);
    expect(await status(client.register({ ...excluded, ...(await client.authorised(MC, 'other.example')) }))).toBe(
      0x33,
    );
    const members = await client.authorised();
    expect(await status(client.register({ ...excluded, ...members, 1: sha256('other') }))).toBe(0x33);
    expect(await status(client.register({ ...excluded, ...members }))).toBe(0x19);
  });

  test('8: a token without RP is bound to the first, and one token makes one credential', async () => {
    const { client } = await protectedKey();
    const members = await client.authorisedForAnyRp();
    expect(await status(client.register(members))).toBe(0);
    expect(await status(client.register(members))).toBe(0x33);
    const again = await client.authorisedForAnyRp();
    const { credential } = await client.register();
    expect(await status(client.register({ ...again, 5: [descriptor(credential.id)] }))).toBe(0x19);
    expect(await status(client.register({ ...again, 2: map({ id: 'other.example' }) }))).toBe(0x33);
  });

  test('9: excludeList waits for a touch; refusing it makes no difference', async () => {
    const { on, client } = plain();
    const { credential } = await client.register();
    const excluded = { 5: [descriptor(new Uint8Array(62)), descriptor(credential.id)] };
    const before = on.touchRequests.length;
    expect(await status(client.register(excluded))).toBe(0x19);
    expect(on.touchRequests.length).toBe(before + 1);
    on.touches.push('denied', 'timeout', 'cancelled');
    expect(await status(client.register(excluded))).toBe(0x19);
    expect(await status(client.register(excluded))).toBe(0x19);
    expect(await status(client.register(excluded))).toBe(0x2d);
    expect(await status(client.register({ ...excluded, 2: map({ id: 'other.example' }) }))).toBe(0);
    expect(await status(client.register({ 5: [map({ id: credential.id, type: 'other' })] }))).toBe(0);
    const strangers = (n: number) => Array.from({ length: n }, (_, i) => descriptor(new Uint8Array(62).fill(i)));
    expect(await status(client.register({ 5: [...strangers(15), descriptor(credential.id)] }))).toBe(0x19);
    expect(await status(client.register({ 5: [...strangers(16), descriptor(credential.id)] }))).toBe(0x15);
    expect(await status(client.register({ 5: new Array(17).fill(descriptor(credential.id)) }))).toBe(0x15);
    expect(await status(client.assert({ 3: [...strangers(15), descriptor(credential.id)] }))).toBe(0);
    expect(await status(client.assert({ 3: [...strangers(16), descriptor(credential.id)] }))).toBe(0x15);
  });

  test('9: a credential of level 3 is hidden from who is not verified', async () => {
    const { client } = await protectedKey();
    const { credential } = await client.register({ 6: map({ credProtect: 3 }) });
    const excluded = { 5: [descriptor(credential.id)] };
    expect(await status(client.register(excluded))).toBe(0);
    expect(await status(client.register({ ...excluded, ...(await client.authorised()) }))).toBe(0x19);
  });

  test('10: the touch, before the extensions', async () => {
    const { on, client } = plain();
    on.touches.push('denied', 'timeout', 'cancelled');
    const bad = { 6: map({ credProtect: 9 }) };
    expect(await status(client.register(bad))).toBe(0x27);
    expect(await status(client.register(bad))).toBe(0x27);
    expect(await status(client.register(bad))).toBe(0x2d);
    expect(await status(client.register(bad))).toBe(0x02);
    const yubikey = plain('yubikey-5-nfc');
    yubikey.on.touches.push('timeout');
    expect(await status(yubikey.client.register())).toBe(0x3a);
  });

  test('10: over NFC one tap, one credential', async () => {
    const on = bench('yubikey-5-nfc');
    const client = new CredentialClient(on, 2, 'nfc');
    expect([await status(client.register()), await status(client.register())]).toEqual([0, 0x3b]);
    await on.key.powerCycle();
    expect(await status(client.register())).toBe(0);
    expect(on.touchRequests).toEqual([]);
  });

  test('11: room: 28 when full; the same account is overwritten', async () => {
    const { on, client } = plain({ ...ctap23, storage: { ...ctap23.storage, discoverableCredentials: 1 } });
    const first = await client.register({ 7: RK });
    const state = toHex(on.key.state.identity.credStoreState);
    expect(await status(client.register({ 7: RK, 3: user(2) }))).toBe(0x28);
    expect(await status(client.register({ 7: RK, 2: map({ id: 'other.example' }) }))).toBe(0x28);
    expect(toHex(on.key.state.identity.credStoreState)).toBe(state);
    const second = await client.register({ 7: RK });
    expect(second.status).toBe(0);
    expect(on.key.state.credentials.discoverable.map(({ credentialId }) => toHex(credentialId))).toEqual([
      toHex(second.credential.id),
    ]);
    expect(toHex(second.credential.id)).not.toBe(toHex(first.credential.id));
    expect(toHex(on.key.state.identity.credStoreState)).not.toBe(state);
    expect(await status(client.register({ 3: user(3) }))).toBe(0);
    expect((await client.info()).get(0x14)).toBe(0);
  });
});

describe('lengths and types', () => {
  test.each<[string, Record<number, Wire | undefined>, number]>([
    ['clientDataHash of 31 bytes', { 1: new Uint8Array(31) }, 0x03],
    ['user.id of 65 bytes', { 3: map({ id: new Uint8Array(65) }) }, 0x03],
    ['user.id of 64 bytes', { 3: map({ id: new Uint8Array(64) }) }, 0],
    ['no rp', { 2: undefined }, 0x14],
    ['no rp.id', { 2: map({ name: 'x' }) }, 0x14],
    ['rp.id of bytes', { 2: map({ id: new Uint8Array(1) }) }, 0x11],
    ['options.rk of text', { 7: map({ rk: 'yes' }) }, 0x11],
    ['excludeList of text', { 5: 'none' }, 0x11],
    ['extensions of text', { 6: 'none' }, 0x11],
  ])('%s', async (_name, members, expected) => {
    expect(await status(plain().client.register(members))).toBe(expected);
  });
});

describe('the answer', () => {
  test.each([
    ['ES256', -7, 'prime256v1'],
    ['ES384', -35, 'secp384r1'],
    ['EdDSA', -8, undefined],
  ] as const)('%s: authData, and a packed statement of the certificate', async (_name, alg, curve) => {
    const { client } = plain();
    const { members, credential } = await client.register({ 4: params(alg) });
    expect(credential).toMatchObject({ flags: 0x41, signCount: 1, aaguid: ctap23.aaguid.replaceAll('-', '') });
    expect(toHex(credential.rpIdHash)).toBe(toHex(sha256(RP)));
    expect(credential.publicKey.asymmetricKeyDetails?.namedCurve).toBe(curve);
    expect([...members.keys()]).toEqual([1, 2, 3]);
  });

  test('flags: UV with a token, for non-discoverable ones too', async () => {
    const { client } = await protectedKey();
    expect((await client.register()).credential.flags).toBe(0x41);
    expect((await client.register(await client.authorised())).credential.flags).toBe(0x45);
    expect((await client.register({ ...(await client.authorised()), 7: RK })).credential.flags).toBe(0x45);
  });

  test('self-attestation is signed by the credential itself', async () => {
    for (const alg of [-7, -8, -35]) {
      const model = { ...ctap23, attestation: 'self' as const };
      const { members, credential } = await plain(model).client.register({ 4: params(alg) });
      const statement = members.get(3) as Map<string, Uint8Array>;
      expect([...statement.keys()]).toEqual(['alg', 'sig']);
      expect(statement.get('alg')).toBe(alg);
      const signature = statement.get('sig') as Uint8Array;
      expect(isSignedBy(credential.publicKey, signature, credential.bytes, CLIENT_DATA_HASH)).toBe(true);
    }
  });

  test('nothing of the private key is in the ID of a credential that is not stored', async () => {
    const { on, client } = plain();
    const { credential } = await client.register();
    expect(on.key.state.credentials.discoverable).toEqual([]);
    expect(credential.id).toHaveLength(62);
    expect(parseAuthData(credential.bytes).id).toEqual(credential.id);
  });

  test('RP IDs are kept in full, or shortened on models that do', async () => {
    const long = 'a-very-long-name-indeed.subdomain.example.com';
    for (const [model, kept] of [
      ['ctap-2.3', long],
      ['ctap-2.1-pre', '…-indeed.subdomain.example.com'],
    ] as const) {
      const { on, client } = plain(model);
      await client.register({ 2: map({ id: long, name: 'RP' }), 7: RK });
      expect(on.key.state.credentials.discoverable[0]).toMatchObject({ rpId: kept, rpName: 'RP' });
      expect(await status(client.assert({ 1: long }))).toBe(0);
    }
  });
});

test('a reset erases credentials of both kinds', async () => {
  const { on, client } = plain();
  const sealed = await client.register();
  const stored = await client.register({ 7: RK });
  await on.key.process(Uint8Array.of(0x07), { transport: 'usb' });
  for (const { credential } of [sealed, stored]) {
    expect(await status(client.assert({ 3: [descriptor(credential.id)] }))).toBe(0x2e);
  }
  expect(await status(client.assert())).toBe(0x2e);
});

test('whatever maps come, nothing throws', async () => {
  const on = bench();
  const client = await CredentialClient.withPin(on);
  const leaf = fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.boolean(),
    fc.constantFrom('public-key', 'id', RP, 'rk', ''),
    fc.uint8Array({ maxLength: 70 }),
  );
  const textKeys = ['id', 'up', 'uv', 'rk', 'alg', 'type', 'name', 'credBlob', 'credProtect', 'hmac-secret'];
  const value: fc.Arbitrary<Wire> = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...textKeys), leaf), { selector: ([key]) => key, maxLength: 4 })
      .map((entries) => new Map(entries.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))),
  );
  const garbage = fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'), value);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0x01, 0x02), garbage, fc.boolean(), async (command, members, reasonable) => {
      const base = { 1: CLIENT_DATA_HASH, 2: map({ id: RP }), 3: user(1), 4: params(-7) };
      const request = reasonable && command === 1 ? { ...base, ...members } : members;
      const entries = Object.entries(request).map(([key, entry]) => [Number(key), entry] as [number, Wire]);
      const answer = await client.send(Uint8Array.of(command, ...cbor(new Map(entries.sort(([a], [b]) => a - b)))));
      expect(answer.status).not.toBe(0x7f);
    }),
    { numRuns: 300 },
  );
  expect(on.bugs).toEqual([]);
});
