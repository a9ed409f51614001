/** makeCredential and getAssertion on keys with a fingerprint sensor. */
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/authenticator/models.ts';
import { type Bench, bench } from '../support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, descriptor, GA, MC, map, PIN, RP } from '../support/credential-client.ts';

const THUMB = { finger: 'thumb' };
const NOSE = { finger: 'nose' };
const UV = map({ uv: true });
const status = async (answer: Promise<{ status: number }>) => (await answer).status;

async function enrolled(model: Model | string = 'ctap-2.3', pin = true) {
  const on = bench(model);
  const client = new CredentialClient(on, on.model.info.pinUvAuthProtocols[0]);
  if (pin) await client.setPin(PIN);
  on.key.state.fingerprints.templates.push({ templateId: Uint8Array.of(1), ...THUMB });
  return { on, client };
}

/** Member 6 and 7, or 8 and 9, with a token for a finger. */
async function fingerParam(on: Bench, client: CredentialClient, permission: number) {
  on.fingers.push(THUMB);
  const secret = await client.agree();
  const { members } = await client.clientPin({
    1: client.protocol,
    2: 6,
    3: secret.publicKey,
    9: permission,
    10: RP,
  });
  return client.authenticate(secret.decrypt(members.get(2)), CLIENT_DATA_HASH);
}

describe('uv: true', () => {
  test('the right finger verifies, and is the touch', async () => {
    const { on, client } = await enrolled();
    on.fingers.push(NOSE, THUMB);
    const { credential } = await client.register({ 7: map({ rk: true, uv: true }) });
    expect(credential.flags).toBe(0x45);
    on.fingers.push(THUMB);
    const { data, members } = await client.assert({ 5: UV });
    expect(data.flags).toBe(0x05);
    expect([...members.get(4).keys()]).toEqual(['id']);
    expect(on.touchRequests).toEqual([]);
    expect(on.key.state.pin.uvRetries).toBe(5);
    expect(on.key.state.pin.uvCountSinceLastPinEntry).toBe(2);
  });

  test('makeCredential: no match 27, nobody 2F, blocked 32, cancelled 2D', async () => {
    const { on, client } = await enrolled();
    const register = () => status(client.register({ 7: UV }));
    on.fingers.push(NOSE, NOSE, NOSE);
    expect(await register()).toBe(0x27);
    on.fingers.push('denied', 'timeout', 'cancelled');
    expect([await register(), await register(), await register()]).toEqual([0x27, 0x2f, 0x2d]);
    on.fingers.push(NOSE, NOSE);
    expect([await register(), await register()]).toEqual([0x32, 0x32]);
    expect(on.fingers).toEqual([]);
  });

  test('getAssertion: the PIN is the way out, where there is one', async () => {
    for (const [pin, expected] of [
      [true, [0x36, 0x2f, 0x36]],
      [false, [0x27, 0x2f, 0x32]],
    ] as const) {
      const { on, client } = await enrolled('ctap-2.3', pin);
      const assert = () => status(client.assert({ 5: UV }));
      const answers = [];
      on.fingers.push(NOSE, NOSE, NOSE);
      answers.push(await assert());
      on.fingers.push('timeout');
      answers.push(await assert());
      on.fingers.push(NOSE, NOSE);
      answers.push(await assert());
      expect(answers).toEqual(expected);
    }
  });

  test('a finger alone protects the key: a discoverable credential wants it', async () => {
    const { on, client } = await enrolled('ctap-2.3', false);
    expect(await status(client.register({ 7: map({ rk: true }) }))).toBe(0x36);
    on.fingers.push(THUMB);
    expect(await status(client.register({ 7: map({ rk: true, uv: true }) }))).toBe(0);
  });
});

describe('alwaysUv', () => {
  test('a YubiKey Bio verifies without being asked; until a finger is enrolled it wants a token', async () => {
    const fresh = bench('yubikey-bio');
    expect(await status(new CredentialClient(fresh).register())).toBe(0x36);
    const { on, client } = await enrolled('yubikey-bio');
    on.fingers.push(THUMB);
    const { credential } = await client.register();
    expect(credential.flags).toBe(0x45);
    on.fingers.push(THUMB);
    expect((await client.assert({ 3: [descriptor(credential.id)] })).data.flags).toBe(0x05);
    const silent = await client.assert({ 3: [descriptor(credential.id)], 5: map({ up: false }) });
    expect(silent.data.flags).toBe(0);
    on.fingers.push('timeout');
    expect(await status(client.register())).toBe(0x3a);
  });
});

describe('a token for a finger', () => {
  test('is the touch as well, for 30 seconds', async () => {
    const { on, client } = await enrolled();
    const param = await fingerParam(on, client, MC);
    const { credential } = await client.register({ 7: map({ rk: true }), 8: param, 9: 2 });
    expect(credential.flags).toBe(0x45);
    expect(on.touchRequests).toEqual([]);
    const assertionParam = await fingerParam(on, client, GA);
    on.now += 29_000;
    expect(await status(client.assert({ 5: map({ up: false }), 6: assertionParam, 7: 2 }))).toBe(0);
    on.now += 1_001;
    expect(await status(client.assert({ 6: assertionParam, 7: 2 }))).toBe(0);
    expect(on.touchRequests).toHaveLength(1);
  });

  test('a token for the PIN is not', async () => {
    const { on, client } = await enrolled();
    await client.register(await client.authorised());
    expect(on.touchRequests).toHaveLength(1);
  });
});

test('a preview key verifies with its sensor too', async () => {
  const { on, client } = await enrolled('feitian-biopass');
  on.fingers.push(THUMB);
  expect((await client.register({ 7: UV })).credential.flags).toBe(0x45);
});
