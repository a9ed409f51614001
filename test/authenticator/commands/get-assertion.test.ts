import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/authenticator/models.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import { bench } from '../support/bench.ts';
import {
  CredentialClient,
  descriptor,
  MC,
  map,
  PIN,
  params,
  parseAuthData,
  sha256,
  signedAssertion,
  user,
} from '../support/credential-client.ts';
import type { Answer } from '../support/hand-made-client.ts';

const status = async (answer: Promise<{ status: number }>) => (await answer).status;
const RK = map({ rk: true });

async function withCredentials(model: Model | string = 'ctap-2.3', pin = false) {
  const on = bench(model);
  const client = new CredentialClient(on);
  const sealed = (await client.register()).credential;
  const stored = [];
  for (const n of [1, 2, 3]) stored.push((await client.register({ 7: RK, 3: user(n) })).credential);
  if (pin) await client.setPin(PIN);
  on.touchRequests.length = 0;
  return { on, client, sealed, stored };
}

describe('order of checks (§6.2.2)', () => {
  test('1: an empty pinUvAuthParam waits for a touch', async () => {
    const { on, client } = await withCredentials();
    const probe = { 1: 'nobody.example', 6: new Uint8Array(0) };
    expect(await status(client.assert(probe))).toBe(0x35);
    on.touches.push('denied');
    expect(await status(client.assert(probe))).toBe(0x27);
    await client.setPin(PIN);
    expect(await status(client.assert(probe))).toBe(0x31);
  });

  test('2: the protocol, before the options', async () => {
    const { client } = await withCredentials();
    const bad = { 5: map({ rk: true }), 6: new Uint8Array(32) };
    expect(await status(client.assert(bad))).toBe(0x14);
    expect(await status(client.assert({ ...bad, 7: 9 }))).toBe(0x02);
    expect(await status(client.assert({ ...bad, 7: 2 }))).toBe(0x2b);
  });

  test('4: options: rk 2B, uv not set up 2C', async () => {
    const { client } = await withCredentials();
    expect(await status(client.assert({ 5: map({ rk: false }) }))).toBe(0x2b);
    expect(await status(client.assert({ 5: map({ uv: true }) }))).toBe(0x2c);
    expect(await status(client.assert({ 5: map({ uv: false }) }))).toBe(0);
  });

  test('5: alwaysUv matters with up only', async () => {
    const { on, client, sealed } = await withCredentials('ctap-2.3', true);
    on.key.state.config.alwaysUv = true;
    const named = { 3: [descriptor(sealed.id)] };
    expect(await status(client.assert(named))).toBe(0x36);
    expect(await status(client.assert({ ...named, 5: map({ up: false }) }))).toBe(0);
  });

  test('6: the token, before it is known whether there are credentials', async () => {
    const { client } = await withCredentials('ctap-2.3', true);
    const nobody = { 1: 'nobody.example' };
    expect(await status(client.assert({ ...nobody, 6: new Uint8Array(32), 7: 2 }))).toBe(0x33);
    const { 6: param, 7: protocol } = await client.authorisedToAssert();
    expect(await status(client.assert({ ...nobody, 6: param, 7: protocol }))).toBe(0x33);
    const [making] = await client.param(MC, 'example.com');
    expect(await status(client.assert({ 6: making, 7: 2 }))).toBe(0x33);
  });

  test('7: no credentials, without waiting for a touch', async () => {
    const { on, client, sealed } = await withCredentials();
    expect(await status(client.assert({ 1: 'nobody.example' }))).toBe(0x2e);
    expect(await status(client.assert({ 3: [descriptor(new Uint8Array(62))] }))).toBe(0x2e);
    expect(await status(client.assert({ 1: 'nobody.example', 3: [descriptor(sealed.id)] }))).toBe(0x2e);
    expect(on.touchRequests).toEqual([]);
  });

  test('8: the touch, before the extensions', async () => {
    const { on, client } = await withCredentials();
    on.touches.push('denied', 'timeout', 'cancelled');
    const bad = { 4: map({ credBlob: 'text' }) };
    expect(await status(client.assert(bad))).toBe(0x27);
    expect(await status(client.assert(bad))).toBe(0x27);
    expect(await status(client.assert(bad))).toBe(0x2d);
    expect(await status(client.assert(bad))).toBe(0x11);
  });

  test('clientDataHash of another length: 03', async () => {
    expect(await status((await withCredentials()).client.assert({ 2: new Uint8Array(33) }))).toBe(0x03);
  });
});

describe('the answer', () => {
  test('an allowList: any match answers, alone', async () => {
    const { client, sealed, stored } = await withCredentials();
    for (const credential of [sealed, ...stored]) {
      const answer = await client.assert({ 3: [descriptor(new Uint8Array(62)), descriptor(credential.id)] });
      expect(toHex(answer.members.get(1).get('id'))).toBe(toHex(credential.id));
      expect(answer.members.has(5)).toBe(false);
      expect(answer.data.flags).toBe(0x01);
      expect(toHex(answer.data.rpIdHash)).toBe(toHex(sha256('example.com')));
      expect(signedAssertion(answer, credential.publicKey)).toBe(true);
    }
    const all = await client.assert({ 3: stored.map(({ id }) => descriptor(id)) });
    expect(all.members.has(5)).toBe(false);
    expect(await status(client.next())).toBe(0x30);
  });

  test.each([
    ['ES256', -7],
    ['ES384', -35],
    ['EdDSA', -8],
  ] as const)('%s verifies with OpenSSL, stored and not', async (_name, alg) => {
    const client = new CredentialClient(bench());
    for (const rk of [true, false]) {
      const { credential } = await client.register({ 4: params(alg), 7: map({ rk }) });
      const answer = await client.assert({ 3: [descriptor(credential.id)] });
      expect(signedAssertion(answer, credential.publicKey)).toBe(true);
      expect(await status(client.assert({ 3: [descriptor(credential.id)], 2: sha256('x') }))).toBe(0);
    }
  });

  test('counters rise: each stored credential has its own, the others share one', async () => {
    const { client, sealed, stored } = await withCredentials();
    const counts = async (id: Uint8Array) => (await client.assert({ 3: [descriptor(id)] })).data.signCount;
    expect([await counts(stored[0]!.id), await counts(stored[0]!.id), await counts(stored[1]!.id)]).toEqual([2, 3, 2]);
    expect([await counts(sealed.id), await counts(sealed.id)]).toEqual([2, 3]);
  });

  test('names are for verified users with several accounts; one account is its id (§6.2.2, user)', async () => {
    const { client, stored } = await withCredentials('ctap-2.3', true);
    const user = (answer: Answer) => Object.fromEntries(answer.members.get(4));
    const named = { 3: [descriptor(stored[0]!.id)] };
    expect(user(await client.assert(named))).toEqual({ id: Uint8Array.of(1) });
    expect(user(await client.assert())).toEqual({ id: Uint8Array.of(3) });
    const verified = await client.assert(await client.authorisedToAssert());
    expect(user(verified)).toEqual({ id: Uint8Array.of(3), name: 'name 3', displayName: 'Display 3' });
    expect(verified.data.flags).toBe(0x05);
    // Of several that an allowList names one answers, and it is alone then.
    for (const list of [stored.slice(0, 1), stored]) {
      const allowList = { 3: list.map(({ id }) => descriptor(id)) };
      const answer = await client.assert({ ...allowList, ...(await client.authorisedToAssert()) });
      expect(user(answer)).toEqual({ id: Uint8Array.of(1) });
    }
    const alone = new CredentialClient(bench());
    await alone.register({ 7: RK });
    await alone.setPin(PIN);
    expect(user(await alone.assert(await alone.authorisedToAssert()))).toEqual({ id: Uint8Array.of(1) });
  });

  test.each(['ctap-2.3', 'ctap-2.0'])(
    '%s: an empty user.id is for the client to refuse (WebAuthn §5.1.3); the assertion has no user then, for a user handle is null or not empty (§5.4.3)',
    async (model) => {
      const client = new CredentialClient(bench(model), 1);
      const nobody = map({ id: new Uint8Array(0), name: 'Emma' });
      const { credential } = await client.register({ 3: nobody, 7: RK });
      await client.setPin(PIN);
      for (const members of [{}, { 3: [descriptor(credential.id)] }]) {
        const answer = await client.assert(members);
        expect([...answer.members.keys()]).toEqual([1, 2, 3]);
        expect(signedAssertion(answer, credential.publicKey)).toBe(true);
      }
      const again = await client.register({ 3: nobody, 7: RK, ...(await client.authorisedForAnyRp()) });
      expect(again.status).toBe(0);
      expect(await status(client.assert({ 3: [descriptor(credential.id)] }))).toBe(0x2e);
    },
  );

  test('one token, one assertion; a silent one leaves it alone', async () => {
    const { client } = await withCredentials('ctap-2.3', true);
    const members = await client.authorisedToAssert();
    expect(await status(client.assert({ ...members, 5: map({ up: false }) }))).toBe(0);
    expect(await status(client.assert(members))).toBe(0);
    expect(await status(client.assert(members))).toBe(0x33);
  });

  test('up:false is silent', async () => {
    const { on, client, sealed } = await withCredentials();
    const answer = await client.assert({ 3: [descriptor(sealed.id)], 5: map({ up: false }) });
    expect(answer.data.flags).toBe(0);
    expect(signedAssertion(answer, sealed.publicKey)).toBe(true);
    expect(on.touchRequests).toEqual([]);
  });
});

describe('a token of before permissions (CTAP 2.0 §5.5.7)', () => {
  test.each(['ctap-2.0', 'ctap-2.1-pre', 'feitian-biopass'])(
    '%s: for any number of commands, of any RP, for as long as it has power',
    async (model) => {
      const on = bench(model);
      const client = await CredentialClient.withPin(on, 1);
      const [param, protocol] = await client.param();
      const [making, asserting] = [
        { 8: param, 9: protocol },
        { 6: param, 7: protocol },
      ];
      expect(await status(client.register({ ...making, 7: RK }))).toBe(0);
      const answer = await client.assert(asserting);
      expect([answer.status, answer.data?.flags]).toEqual([0, 0x05]);
      on.now += 3_600_000;
      expect(await status(client.register({ ...making, 2: map({ id: 'other.example' }), 7: RK }))).toBe(0);
      expect(await status(client.assert({ ...asserting, 1: 'other.example' }))).toBe(0);
      // Each with a touch of its own.
      expect(on.touchRequests).toHaveLength(4);
      await on.key.powerCycle();
      expect(await status(client.assert(asserting))).toBe(0x33);
      const [before] = await client.param();
      await client.param();
      expect(await status(client.assert({ 6: before, 7: 1 }))).toBe(0x33);
      const [old] = await client.param();
      await client.changePin(PIN, '4321');
      expect(await status(client.assert({ 6: old, 7: 1 }))).toBe(0x33);
    },
  );

  test('from CTAP 2.1 on it is for one credential of one RP (§6.5.5.7.1)', async () => {
    const client = await CredentialClient.withPin(bench('yubikey-5-nfc'));
    const [param, protocol] = await client.param();
    expect(await status(client.register({ 8: param, 9: protocol, 7: RK }))).toBe(0);
    expect(await status(client.assert({ 6: param, 7: protocol }))).toBe(0x33);
  });
});

describe('credProtect', () => {
  test.each([
    [1, [true, true, true, true]],
    [2, [false, true, true, true]],
    [3, [false, false, true, true]],
  ] as const)('level %i: alone, named, verified, verified and named', async (level, visible) => {
    const on = bench();
    const client = new CredentialClient(on);
    const { credential } = await client.register({ 6: map({ credProtect: level }), 7: RK });
    await client.setPin(PIN);
    const named = { 3: [descriptor(credential.id)] };
    const found = [
      await client.assert(),
      await client.assert(named),
      await client.assert(await client.authorisedToAssert()),
      await client.assert({ ...named, ...(await client.authorisedToAssert()) }),
    ].map((answer) => (answer.status === 0x2e ? false : answer.status === 0));
    expect(found).toEqual(visible);
  });

  test('a credential that is not stored keeps its level', async () => {
    const client = new CredentialClient(bench());
    const { credential } = await client.register({ 6: map({ credProtect: 3 }) });
    await client.setPin(PIN);
    const named = { 3: [descriptor(credential.id)] };
    expect(await status(client.assert(named))).toBe(0x2e);
    expect(await status(client.assert({ ...named, ...(await client.authorisedToAssert()) }))).toBe(0);
  });
});

describe('getNextAssertion (§6.3)', () => {
  test('newest first, one touch for all', async () => {
    const { on, client, stored } = await withCredentials();
    const first = await client.assert();
    expect(first.members.get(5)).toBe(3);
    const answers = [first, await client.next(), await client.next()];
    expect(answers.map(({ members }) => members.get(4).get('id')[0])).toEqual([3, 2, 1]);
    for (const [i, answer] of answers.entries()) {
      expect(signedAssertion(answer, stored[2 - i]!.publicKey)).toBe(true);
      expect(parseAuthData(answer.members.get(2)).flags).toBe(0x01);
    }
    expect(answers[1]!.members.has(5)).toBe(false);
    expect(on.touchRequests).toHaveLength(1);
    expect(await status(client.next())).toBe(0x30);
  });

  test('one credential: no count, nothing next', async () => {
    const client = new CredentialClient(bench());
    await client.register({ 7: RK });
    expect((await client.assert()).members.has(5)).toBe(false);
    expect(await status(client.next())).toBe(0x30);
  });

  test('30 s from each to the next', async () => {
    const { on, client } = await withCredentials();
    await client.assert();
    on.now += 30_000;
    expect(await status(client.next())).toBe(0);
    on.now += 30_001;
    expect(await status(client.next())).toBe(0x30);
    on.now -= 30_000;
    expect(await status(client.next())).toBe(0x30);
  });

  test('getInfo leaves it alone; another assertion, a registration, a new token and power-off end it', async () => {
    const { on, client } = await withCredentials('ctap-2.3', true);
    await client.assert();
    await client.info();
    expect(await status(client.next())).toBe(0);
    const ended: Record<string, () => Promise<unknown>> = {
      registration: () => client.register(),
      'failed assertion': () => client.assert({ 1: 'nobody.example' }),
      token: () => client.token(PIN, MC, 'example.com'),
      power: () => on.key.powerCycle(),
    };
    for (const [name, end] of Object.entries(ended)) {
      await client.assert();
      await end();
      expect([name, await status(client.next())]).toEqual([name, 0x30]);
    }
  });

  test('never begun: 30', async () => {
    expect(await status(new CredentialClient(bench()).next())).toBe(0x30);
  });

  test('those that credProtect hides are not counted', async () => {
    const client = new CredentialClient(bench());
    for (const level of [1, 2, 3, 1]) {
      await client.register({ 3: user(level * 10 + level), 6: map({ credProtect: level }), 7: RK });
    }
    await client.register({ 3: user(99), 7: RK });
    expect((await client.assert()).members.get(5)).toBe(2);
  });

  test('verified users are told all the names', async () => {
    const { client } = await withCredentials('ctap-2.3', true);
    await client.assert(await client.authorisedToAssert());
    const { members } = await client.next();
    expect(members.get(4).get('name')).toBe('name 2');
    expect(parseAuthData(members.get(2)).flags).toBe(0x05);
  });
});

test('the key works on after a restart', async () => {
  const { on, sealed, stored } = await withCredentials();
  const again = new CredentialClient(on.restart());
  for (const credential of [sealed, stored[0]!]) {
    const answer = await again.assert({ 3: [descriptor(credential.id)] });
    expect(signedAssertion(answer, credential.publicKey)).toBe(true);
  }
});
