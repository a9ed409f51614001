import { createECDH, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/authenticator/models.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { vectors } from '../../support/vectors.ts';
import { bench } from '../support/bench.ts';
import { CredentialClient, descriptor, map, PIN, parseAuthData, RP, user } from '../support/credential-client.ts';
import { type Agreement, Agreement as HandMadeAgreement, type Wire } from '../support/hand-made-client.ts';

const RK = map({ rk: true });
const SALT_1 = new Uint8Array(32).fill(1);
const SALT_2 = new Uint8Array(32).fill(2);
const status = async (answer: Promise<{ status: number }>) => (await answer).status;
const hmac = (key: Uint8Array, data: Uint8Array) => toHex(createHmac('sha256', key).update(data).digest());

function salts(agreement: Agreement, protocol: number | undefined, ...all: Uint8Array[]): Map<number, Wire> {
  const saltEnc = agreement.encrypt(Buffer.concat(all));
  const members: [number, Wire][] = [
    [1, agreement.publicKey],
    [2, saltEnc],
    [3, agreement.authenticate(saltEnc)],
  ];
  if (protocol !== undefined) members.push([4, protocol]);
  return new Map(members);
}

async function key(model: Model | string = 'ctap-2.3', protocol: 1 | 2 = 2) {
  const on = bench(model);
  const client = new CredentialClient(on, protocol);
  return { on, client };
}

describe.each([1, 2] as const)('hmac-secret, protocol %i', (protocol) => {
  async function registered(rk: boolean) {
    const { on, client } = await key('ctap-2.3', protocol);
    const { credential } = await client.register({ 6: map({ 'hmac-secret': true }), 7: map({ rk }) });
    expect(credential.extensions).toEqual({ 'hmac-secret': true });
    return { on, client, named: { 3: [descriptor(credential.id)] } };
  }
  async function secretsOf(client: CredentialClient, members: Record<number, Wire | undefined>, ...all: Uint8Array[]) {
    const agreement = await client.agree();
    const answer = await client.assert({ ...members, 4: map({ 'hmac-secret': salts(agreement, protocol, ...all) }) });
    expect(answer.status).toBe(0);
    const output = toHex(agreement.decrypt(answer.data.extensions['hmac-secret']));
    return output.match(/.{64}/g) as string[];
  }

  test.each([true, false])('one salt and two; other secrets for verified users; rk %s', async (rk) => {
    const { on, client, named } = await registered(rk);
    const [one] = await secretsOf(client, named, SALT_1);
    expect(await secretsOf(client, named, SALT_2, SALT_1)).toEqual([expect.not.stringMatching(one!), one]);
    await client.setPin(PIN);
    const members = { ...named, ...(await client.authorisedToAssert()) };
    const [verified] = await secretsOf(client, members, SALT_1);
    expect(verified).not.toBe(one);
    if (!rk) return;
    const [stored] = on.key.state.credentials.discoverable;
    expect([one, verified]).toEqual([
      hmac(stored!.credRandomWithoutUV, SALT_1),
      hmac(stored!.credRandomWithUV, SALT_1),
    ]);
  });

  test('refusals', async () => {
    const { client, named } = await registered(true);
    const agreement = await client.agree();
    const ask = (input: Wire, more = {}) =>
      status(client.assert({ ...named, ...more, 4: map({ 'hmac-secret': input }) }));
    const good = salts(agreement, protocol, SALT_1);
    expect(await ask(good)).toBe(0);
    expect(await ask(good, { 5: map({ up: false }) })).toBe(0x2b);
    expect(await ask(new Map([...good, [3, new Uint8Array(32)]]))).toBe(0x33);
    expect(await ask(salts(agreement, protocol, SALT_1, SALT_2.subarray(16)))).toBe(0x03);
    expect(await ask(salts(agreement, protocol, SALT_1, SALT_1, SALT_1))).toBe(0x03);
    expect(await ask(new Map([...good].filter(([member]) => member !== 2)))).toBe(0x14);
    expect(await ask(new Map([...good, [1, new Map([[1, 2]])]]))).toBe(0x02);
    expect(await ask(new Map([...good, [4, 7]]))).toBe(0x02);
    expect(await ask(true)).toBe(0x11);
  });

  test('saltAuth of any other length is wrong, with a good key agreement too', async () => {
    const { client, named } = await registered(true);
    const agreement = await client.agree();
    const good = salts(agreement, protocol, SALT_1);
    const whole = [...Buffer.from(good.get(3) as Uint8Array)];
    const right = whole.length;
    for (const length of [0, 1, 8, 15, 16, 17, 31, 32, 33, 48, 64]) {
      const saltAuth = Uint8Array.from({ length }, (_, i) => whole[i % right]!);
      const input = new Map([...good, [3, saltAuth] as const]);
      const answer = await status(client.assert({ ...named, 4: map({ 'hmac-secret': input }) }));
      expect([length, answer]).toEqual([length, length === right ? 0 : 0x33]);
    }
  });

  test('getNextAssertion: each credential its own secrets, and others again for verified users', async () => {
    const { on, client } = await key('ctap-2.3', protocol);
    for (const n of [1, 2]) await client.register({ 3: user(n), 6: map({ 'hmac-secret': true }), 7: RK });
    const secrets = async (members = {}) => {
      const agreement = await client.agree();
      const first = await client.assert({ ...members, 4: map({ 'hmac-secret': salts(agreement, protocol, SALT_1) }) });
      return [first, await client.next()].map((answer) => {
        const { extensions, flags } = parseAuthData(answer.members.get(2));
        return [answer.members.get(4).get('id')[0], flags & 4, toHex(agreement.decrypt(extensions['hmac-secret']))];
      });
    };
    const seen = await secrets();
    await client.setPin(PIN);
    seen.push(...(await secrets(await client.authorisedToAssert())));
    const [second, first] = on.key.state.credentials.discoverable.map((one) => one).reverse();
    expect(seen).toEqual([
      [2, 0, hmac(second!.credRandomWithoutUV, SALT_1)],
      [1, 0, hmac(first!.credRandomWithoutUV, SALT_1)],
      [2, 4, hmac(second!.credRandomWithUV, SALT_1)],
      [1, 4, hmac(first!.credRandomWithUV, SALT_1)],
    ]);
    expect(new Set(seen.map(([, , secret]) => secret)).size).toBe(4);
  });

  test('hmac-secret-mc: secrets at once, the same as later', async () => {
    const { client } = await key('ctap-2.3', protocol);
    const agreement = await client.agree();
    const wanted = map({ 'hmac-secret': true, 'hmac-secret-mc': salts(agreement, protocol, SALT_1, SALT_2) });
    const { credential } = await client.register({ 6: wanted });
    const { 'hmac-secret': can, 'hmac-secret-mc': output } = credential.extensions;
    expect(can).toBe(true);
    const secrets = toHex(agreement.decrypt(output)).match(/.{64}/g);
    expect(await secretsOf(client, { 3: [descriptor(credential.id)] }, SALT_1, SALT_2)).toEqual(secrets);
    const alone = map({ 'hmac-secret-mc': salts(agreement, protocol, SALT_1) });
    expect(await status(client.register({ 6: alone }))).toBe(0x14);
    expect(await status(client.register({ 6: map({ 'hmac-secret': true, 'hmac-secret-mc': true }) }))).toBe(0x11);
  });

  test('the vectors', async () => {
    const { hmacSecret } = protocol === 1 ? vectors.pinProtocolOne : vectors.pinProtocolTwo;
    const { on, client } = await key('ctap-2.3', protocol);
    on.random.push(fromHex(vectors.keys.authenticatorPrivateScalar));
    await client.agree();
    const { credential } = await client.register({ 7: RK });
    const [stored] = on.key.state.credentials.discoverable;
    stored!.credRandomWithoutUV.set(fromHex(hmacSecret.credRandom));
    // the platform's side, to decrypt what comes: the vector's scalar against the authenticator's public key
    const theirs = new Map([
      [-2, fromHex(vectors.keys.authenticatorX)],
      [-3, fromHex(vectors.keys.authenticatorY)],
    ]);
    const ecdh = createECDH('prime256v1');
    Object.assign(ecdh, {
      generateKeys: () => {
        ecdh.setPrivateKey(Buffer.from(vectors.keys.platformPrivateScalar, 'hex'));
        return ecdh.getPublicKey();
      },
    });
    const agreement = new HandMadeAgreement(protocol, theirs, ecdh);
    const request = Uint8Array.of(
      0x02,
      0xa4,
      ...[0x01, 0x6b, ...Buffer.from(RP)],
      ...[0x02, 0x58, 0x20, ...new Uint8Array(32)],
      ...[0x03, 0x81, 0xa2, 0x62, 0x69, 0x64, 0x58, 0x20, ...credential.id],
      ...[0x64, ...Buffer.from('type'), 0x6a, ...Buffer.from('public-key')],
      ...[0x04, ...fromHex(hmacSecret.getAssertionInput)],
    );
    const { members } = await client.send(request);
    const authData = members.get(2) as Uint8Array;
    // a1 6b "hmac-secret" 58 nn output
    const output = authData.slice(37 + 1 + 12 + 2);
    expect(toHex(agreement.decrypt(output))).toBe(hmacSecret.twoSalts.outputs);
    if (protocol === 1) expect(toHex(output)).toBe(hmacSecret.twoSalts.encryptedOutputs);
  });
});

test('hmac-secret without protocol means one', async () => {
  const { client } = await key('ctap-2.3', 1);
  const { credential } = await client.register();
  const input = map({ 'hmac-secret': salts(await client.agree(), undefined, SALT_1) });
  expect(await status(client.assert({ 3: [descriptor(credential.id)], 4: input }))).toBe(0);
});

test('hmac-secret: false gives no output', async () => {
  const { client } = await key();
  expect((await client.register({ 6: map({ 'hmac-secret': false }) })).credential.flags & 0x80).toBe(0);
  expect(await status(client.register({ 6: map({ 'hmac-secret': 1 }) }))).toBe(0x11);
});

test('credProtect: the level comes back; others are refused', async () => {
  const { client } = await key();
  for (const level of [1, 2, 3]) {
    expect((await client.register({ 6: map({ credProtect: level }) })).credential.extensions).toEqual({
      credProtect: level,
    });
  }
  expect(await status(client.register({ 6: map({ credProtect: 0 }) }))).toBe(0x02);
  expect(await status(client.register({ 6: map({ credProtect: 4 }) }))).toBe(0x02);
  expect(await status(client.register({ 6: map({ credProtect: 'high' }) }))).toBe(0x11);
});

describe('credBlob', () => {
  const blob = new Uint8Array(64).fill(7);
  test('is kept with a discoverable credential, up to the length that getInfo tells', async () => {
    const { client } = await key();
    const limit = (await client.info()).get(0x0f);
    expect(limit).toBe(64);
    const kept = await client.register({ 6: map({ credBlob: blob }), 7: RK });
    expect(kept.credential.extensions).toEqual({ credBlob: true });
    const got = await client.assert({ 4: map({ credBlob: true }) });
    expect(toHex(got.data.extensions.credBlob)).toBe(toHex(blob));
    expect((await client.assert({ 4: map({ credBlob: false }) })).data.extensions).toEqual({});
    const long = await client.register({ 3: user(2), 6: map({ credBlob: new Uint8Array(65) }), 7: RK });
    expect(long.credential.extensions).toEqual({ credBlob: false });
  });

  test('is not kept with others; asking for none gives an empty one', async () => {
    const { client } = await key();
    const { credential } = await client.register({ 6: map({ credBlob: blob }) });
    expect(credential.extensions).toEqual({ credBlob: false });
    const got = await client.assert({ 3: [descriptor(credential.id)], 4: map({ credBlob: true }) });
    expect(got.data.extensions).toEqual({ credBlob: new Uint8Array(0) });
    expect(await status(client.register({ 6: map({ credBlob: true }) }))).toBe(0x11);
  });
});

test('largeBlobKey: members 05 and 07, out of what is signed', async () => {
  const { client } = await key();
  const wanted = map({ largeBlobKey: true });
  const made = await client.register({ 6: wanted, 7: RK });
  expect(made.members.get(5)).toHaveLength(32);
  expect(made.credential.flags & 0x80).toBe(0);
  const got = await client.assert({ 4: wanted });
  expect(toHex(got.members.get(7))).toBe(toHex(made.members.get(5)));
  expect(got.data.flags & 0x80).toBe(0);
  expect((await client.assert()).members.has(7)).toBe(false);
  expect(await status(client.register({ 6: wanted }))).toBe(0x2c);
  expect(await status(client.register({ 6: map({ largeBlobKey: false }), 7: RK }))).toBe(0x2c);
  expect(await status(client.assert({ 4: map({ largeBlobKey: false }) }))).toBe(0x2c);
  const other = await client.register({ 3: user(2), 7: RK });
  const without = await client.assert({ 3: [descriptor(other.credential.id)], 4: wanted });
  expect([without.status, without.members.has(7)]).toEqual([0, false]);
});

test('minPinLength and pinComplexityPolicy: for the RPs that were named', async () => {
  const { on, client } = await key();
  const wanted = { 6: map({ minPinLength: true, pinComplexityPolicy: true }) };
  expect((await client.register(wanted)).credential.extensions).toEqual({});
  on.key.state.config.minPinLengthRPIDs = [RP];
  expect((await client.register(wanted)).credential.extensions).toEqual({
    minPinLength: 4,
    pinComplexityPolicy: false,
  });
  expect((await client.register({ ...wanted, 2: map({ id: 'other.example' }) })).credential.extensions).toEqual({});
  expect((await client.register({ 6: map({ minPinLength: false }) })).credential.extensions).toEqual({});
});

test('thirdPartyPayment: kept with credentials of both kinds', async () => {
  const { client } = await key();
  for (const rk of [true, false]) {
    for (const pays of [true, false]) {
      const extensions = pays ? { 6: map({ thirdPartyPayment: true }) } : {};
      const { credential } = await client.register({ ...extensions, 7: map({ rk }) });
      expect(credential.extensions).toEqual({});
      const got = await client.assert({ 3: [descriptor(credential.id)], 4: map({ thirdPartyPayment: true }) });
      expect(got.data.extensions).toEqual({ thirdPartyPayment: pays });
    }
  }
});

test('what does not depend on the input is checked before the input is read', async () => {
  const { client } = await key();
  expect(await status(client.register({ 6: map({ 'hmac-secret-mc': 'nonsense' }) }))).toBe(0x14);
  const { credential } = await client.register();
  const asking = { 3: [descriptor(credential.id)], 4: map({ 'hmac-secret': 'nonsense' }) };
  expect(await status(client.assert({ ...asking, 5: map({ up: false }) }))).toBe(0x2b);
  expect(await status(client.assert(asking))).toBe(0x11);
});

test('inputs are refused before a credential is made', async () => {
  const { on, client } = await key();
  on.random.push(new Uint8Array(48).fill(1));
  const odd = map({ 'hmac-secret': true, 'hmac-secret-mc': true });
  expect(await status(client.register({ 6: odd, 7: RK }))).toBe(0x11);
  // No random bytes were drawn for a key pair either.
  expect([on.key.state.credentials.discoverable.length, on.random.length]).toEqual([0, 1]);
});

test('a model ignores extensions that it does not list', async () => {
  const { client } = await key('ctap-2.0', 1);
  const all = map({ credBlob: 'nonsense', credProtect: 3, largeBlobKey: false, minPinLength: 9 });
  const { credential } = await client.register({ 6: all });
  expect(credential.extensions).toEqual({});
  expect(await status(client.assert({ 3: [descriptor(credential.id)], 4: all }))).toBe(0);
});

test('getNextAssertion computes extension outputs for each credential', async () => {
  const { client } = await key();
  for (const n of [1, 2]) {
    await client.register({ 3: user(n), 6: map({ credBlob: Uint8Array.of(n) }), 7: RK });
  }
  const agreement = await client.agree();
  const first = await client.assert({ 4: map({ credBlob: true, 'hmac-secret': salts(agreement, 2, SALT_1) }) });
  const second = parseAuthData((await client.next()).members.get(2));
  expect([first.data.extensions.credBlob, second.extensions.credBlob]).toEqual([Uint8Array.of(2), Uint8Array.of(1)]);
  const secrets = [first.data, second].map(({ extensions }) => toHex(agreement.decrypt(extensions['hmac-secret'])));
  expect(secrets[0]).not.toBe(secrets[1]);
});
