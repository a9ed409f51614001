/** The platform's key-agreement key is looked at whole (CTAP 2.3 §6.5.6): alg is there, and nothing beside the five members. */
import { describe, expect, test } from 'vitest';
import { bench } from '../support/bench.ts';
import { CredentialClient, map, RP } from '../support/credential-client.ts';
import { Encoded, inOrder, type Wire } from '../support/hand-made-client.ts';

type Cose = ReadonlyMap<number | string, Wire>;

const without = (label: number) => (key: Cose) => new Map([...key].filter(([one]) => one !== label));
const withMember = (label: number | string, value: Wire) => (key: Cose) => inOrder(new Map([...key, [label, value]]));

const LABELS = { kty: 1, alg: 3, crv: -1, x: -2, y: -3 };
const WRONG_TYPES: Record<string, Wire> = {
  text: '-25',
  bytes: new Uint8Array(2),
  bool: true,
  null: new Encoded('f6'),
  undefined: new Encoded('f7'),
  float: new Encoded('f94000'), // 2.0
};

const ODD: [string, (key: Cose) => Cose][] = [
  ...Object.entries(LABELS).flatMap(([name, label]): [string, (key: Cose) => Cose][] => [
    [`no ${name}`, without(label)],
    ...Object.entries(WRONG_TYPES)
      .filter(([type]) => type !== 'bytes' || label > -2)
      .map(([type, value]): [string, (key: Cose) => Cose] => [`${name} is ${type}`, withMember(label, value)]),
  ]),
  ['alg ES256', withMember(3, -7)],
  ['alg ECDH-ES + HKDF-512', withMember(3, -26)],
  ['kty OKP', withMember(1, 1)],
  ['crv P-384', withMember(-1, 2)],
  ['x of 31 bytes', withMember(-2, new Uint8Array(31))],
  ['y of 33 bytes', withMember(-3, new Uint8Array(33))],
  ['a kid besides', withMember(2, new Uint8Array(1))],
  ['a base IV besides', withMember(5, new Uint8Array(1))],
  ['a private scalar besides', withMember(-4, new Uint8Array(32))],
  ['a member with a name besides', withMember('alg', -25)],
];

describe.each([1, 2] as const)('protocol %i', (protocol) => {
  test('any other is INVALID_PARAMETER, to each subcommand and to hmac-secret, and costs no PIN try', async () => {
    const client = await CredentialClient.withPin(bench(), protocol);
    const { credential } = await client.register({ 6: map({ 'hmac-secret': true }), ...(await client.authorised()) });
    const named = { 3: [map({ id: credential.id, type: 'public-key' })] };
    const agreement = await client.agree();
    const without = new CredentialClient(bench(), protocol);
    const toSet = await without.agree();
    const [newPin, hash, salt] = [64, 16, 32].map((length) => agreement.encrypt(new Uint8Array(length)));
    const [set, change] = [toSet.encrypt(new Uint8Array(64)), Buffer.concat([newPin!, hash!])];
    const answers = async (odd: (key: Cose) => Cose) => {
      const key = odd(agreement.publicKey);
      const salts = new Map<number, Wire>([
        [1, key],
        [2, salt!],
        [3, agreement.authenticate(salt!)],
        [4, protocol],
      ]);
      return [
        await without.clientPin({ 1: protocol, 2: 3, 3: odd(toSet.publicKey), 4: toSet.authenticate(set), 5: set }),
        await client.clientPin({ 1: protocol, 2: 4, 3: key, 4: agreement.authenticate(change), 5: newPin, 6: hash }),
        await client.clientPin({ 1: protocol, 2: 5, 3: key, 6: hash }),
        await client.clientPin({ 1: protocol, 2: 9, 3: key, 6: hash, 9: 3, 10: RP }),
        await client.assert({ ...named, 4: map({ 'hmac-secret': salts }) }),
      ].map(({ status }) => status);
    };
    for (const [name, odd] of ODD) expect([name, await answers(odd)]).toEqual([name, [2, 2, 2, 2, 2]]);
    expect((await client.retries()).pinRetries).toBe(8);
    // With the key as it should be it is the PINs that are wrong: an empty one, and another one.
    expect((await answers((key) => key)).slice(0, 2)).toEqual([0x37, 0x31]);
  });
});
