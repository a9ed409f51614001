/**
 * A member that is there and of the wrong type is CTAP2_ERR_CBOR_UNEXPECTED_TYPE, whatever its type is, CBOR's undefined
 * included (CTAP 2.3 §8, §6): at each place of each request that is declared, so that none can be forgotten.
 */
import { describe, expect, test } from 'vitest';
import { setMinPINLengthParams, vendorPrototypeParams } from '../../src/ctap2/commands/authenticator-config.ts';
import { bioEnrollmentParams } from '../../src/ctap2/commands/bio-enrollment.ts';
import { credentialManagementParams } from '../../src/ctap2/commands/credential-management.ts';
import { COMMANDS } from '../../src/ctap2/commands/index.ts';
import { hmacSecretInput } from '../../src/ctap2/extensions/hmac-secret.ts';
import { nothing } from '../../src/ctap2/schema.ts';
import { type AnyCodec, INTEGERS, messageWith, type Place, places } from '../support/declared-members.ts';
import { bench } from './support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, map, params, user } from './support/credential-client.ts';
import { cbor, Encoded, HandMadeClient, type Wire } from './support/hand-made-client.ts';
import { ManagementClient, PERMISSION } from './support/management-client.ts';

const NULL = new Encoded('f6');
const UNDEFINED = new Encoded('f7');
/** 1.0 in the three lengths; JavaScript knows no difference to 1. */
const FLOATS = ['f93c00', 'fa3f800000', 'fb3ff0000000000000'].map((hex) => new Encoded(hex));

const oddValues = ({ codec }: Place): Wire[] => [NULL, UNDEFINED, ...(INTEGERS.has(codec) ? FLOATS : [])];

/** The places at which the key answers something else than 11 to some odd value. */
async function escaping(codec: AnyCodec, send: (message: Wire) => Promise<{ status: number }>): Promise<string[]> {
  const found: string[] = [];
  for (const place of places(codec)) {
    for (const odd of oddValues(place)) {
      const { status } = await send(messageWith(codec, place.path, odd));
      if (status !== 0x11)
        found.push(`${place.name} ${Buffer.from(cbor(odd)).toString('hex')}: ${status.toString(16)}`);
    }
  }
  return found;
}

const WITH_REQUEST = Object.values(COMMANDS).filter(({ request }) => (request as unknown) !== nothing);

test.each(WITH_REQUEST.map((command) => [command.name, command] as const))('%s', async (_name, { code, request }) => {
  expect(places(request).length).toBeGreaterThan(3);
  // A YubiKey Bio has the previews besides.
  const on = bench(code < 0x40 ? 'ctap-2.3' : 'yubikey-bio');
  const client = new HandMadeClient(on);
  const send = (message: Wire) => client.send(Uint8Array.of(code, ...cbor(message)));
  expect(await escaping(request, send)).toEqual([]);
  for (const odd of [NULL, UNDEFINED, ...FLOATS]) expect((await send(odd)).status).toBe(0x11);
  expect(on.bugs).toEqual([]);
});

describe('parameters of subcommands, under a good pinUvAuthParam', () => {
  const { cm, be, acfg } = PERMISSION;
  const COVERED: [
    string,
    AnyCodec,
    number,
    (client: ManagementClient, message: Wire) => Promise<{ status: number }>,
  ][] = [
    ['credentialManagement', credentialManagementParams, cm, (client, message) => covered(client, 0x0a, [7], message)],
    [
      'credentialManagementPreview',
      credentialManagementParams,
      cm,
      (client, message) => covered(client, 0x41, [7], message),
    ],
    ['bioEnrollment', bioEnrollmentParams, be, (client, message) => covered(client, 0x09, [1, 5], message)],
    ['bioEnrollmentPreview', bioEnrollmentParams, be, (client, message) => covered(client, 0x40, [1, 5], message)],
    ['setMinPINLength', setMinPINLengthParams, acfg, (client, message) => covered(client, 0x0d, [3], message)],
    ['vendorPrototype', vendorPrototypeParams, acfg, (client, message) => covered(client, 0x0d, [0xff], message)],
  ];

  /** The first members, the parameters, protocol and pinUvAuthParam, as all these commands have them. */
  function covered(client: ManagementClient, code: number, head: number[], message: Wire) {
    const prefix = code === 0x0d ? [...new Array<number>(32).fill(0xff), 0x0d] : [];
    const members: Wire[] = [...head, message, client.protocol, client.mac([...prefix, ...head, ...cbor(message)])!];
    return client.command(code, Object.fromEntries(members.map((member, i) => [i + 1, member])));
  }

  test.each(COVERED)('%s', async (_name, codec, permission, send) => {
    const on = bench('yubikey-bio');
    const client = await ManagementClient.with(on, permission);
    expect(await escaping(codec, (message) => send(client, message))).toEqual([]);
    expect((await send(client, messageWith(codec, [], true))).status).not.toBe(0x11);
    expect(on.bugs).toEqual([]);
  });
});

describe('extensions', () => {
  const EXTENSIONS = [...bench().model.info.extensions];
  const making = ['hmac-secret-mc', ...EXTENSIONS.filter((name) => name !== 'hmac-secret-mc')];
  // The others answer to makeCredential only.
  const asserting = ['hmac-secret', 'credBlob', 'largeBlobKey', 'thirdPartyPayment'];

  test('inputs', async () => {
    const on = bench();
    const client = new CredentialClient(on);
    const { credential } = await client.register({ 7: map({ rk: true }) });
    const before = JSON.stringify(on.key.state.credentials.discoverable.length);
    for (const odd of [NULL, UNDEFINED, FLOATS[0]!]) {
      for (const name of making) {
        const extensions = map({ ...(name === 'hmac-secret-mc' && { 'hmac-secret': true }), [name]: odd });
        expect([name, (await client.register({ 3: user(2), 6: extensions, 7: map({ rk: true }) })).status]).toEqual([
          name,
          0x11,
        ]);
      }
      for (const name of asserting) {
        const named = { 3: [map({ id: credential.id, type: 'public-key' })] };
        expect([name, (await client.assert({ ...named, 4: map({ [name]: odd }) })).status]).toEqual([name, 0x11]);
      }
    }
    expect(JSON.stringify(on.key.state.credentials.discoverable.length)).toBe(before);
    expect(on.bugs).toEqual([]);
  });

  test('hmac-secret, member by member', async () => {
    const client = new CredentialClient(bench());
    const { credential } = await client.register();
    const named = { 3: [map({ id: credential.id, type: 'public-key' })] };
    const ask = (message: Wire) => client.assert({ ...named, 4: map({ 'hmac-secret': message }) });
    expect(await escaping(hmacSecretInput, ask)).toEqual([]);
    const make = (message: Wire) => client.register({ 6: map({ 'hmac-secret': true, 'hmac-secret-mc': message }) });
    expect(await escaping(hmacSecretInput, make)).toEqual([]);
  });
});

test('getAssertion with an allowList of undefined is not one without: nobody is found by leaving the list out', async () => {
  const client = new CredentialClient(bench());
  await client.register({ 7: map({ rk: true }) });
  expect((await client.assert({ 3: UNDEFINED })).status).toBe(0x11);
  expect((await client.register({ 7: UNDEFINED })).status).toBe(0x11);
});

test('other simple values are not CTAP’s CBOR, and a float is no key: INVALID_CBOR', async () => {
  const client = new CredentialClient(bench());
  for (const hex of ['e0', 'f3', 'f8ff', 'f820'])
    expect((await client.assert({ 3: new Encoded(hex) })).status).toBe(0x12);
  const float = [...cbor(2), ...FLOATS[0]!.bytes, ...cbor(1)].slice(1);
  expect((await client.send(Uint8Array.of(0x06, 0xa2, 2, 1, ...float))).status).toBe(0x12);
});

test('what nobody knows is ignored, whatever it is', async () => {
  const client = new CredentialClient(bench());
  for (const odd of [NULL, UNDEFINED, ...FLOATS]) {
    expect((await client.clientPin({ 1: 1, 2: 1, 99: odd })).status).toBe(0);
    const answer = await client.request(0x01, {
      1: CLIENT_DATA_HASH,
      2: map({ id: 'example.com', unheard: odd }),
      3: user(1),
      4: params(-7),
      7: map({ unheard: odd }),
    });
    expect(answer.status).toBe(0);
  }
});
