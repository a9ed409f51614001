import { describe, expect, test } from 'vitest';
import { modelById } from '../../../src/authenticator/models.ts';
import {
  addCredential,
  credentialById,
  credentialsOfRp,
  type DiscoverableCredential,
  deleteCredential,
  hasRoomFor,
  remainingCapacity,
  storedRpId,
  storedUser,
  updateUser,
} from '../../../src/authenticator/state/credentials.ts';
import { stateFromJson, stateToJson } from '../../../src/authenticator/state.ts';
import { bench } from '../support/bench.ts';

const model = modelById('ctap-2.3');
const filled = (value: number, length = 32) => new Uint8Array(length).fill(value);

function credential(n: number, rp = 1, user = n): DiscoverableCredential {
  return {
    credentialId: filled(n),
    rpIDHash: filled(rp),
    rpId: `rp${rp}.example`,
    user: { id: filled(user, 4), name: `user ${n}` },
    alg: -7,
    privateKey: filled(n),
    credProtect: 1,
    credRandomWithUV: filled(n),
    credRandomWithoutUV: filled(n),
    thirdPartyPayment: false,
    signCount: 0,
  };
}

const ids = (found: readonly DiscoverableCredential[]) => found.map(({ credentialId }) => credentialId[0]);

describe('stored credentials', () => {
  test('are listed by RP, newest first; the same account is overwritten and becomes the newest', () => {
    const { credentials } = bench().key.state;
    const [first, ...others] = [credential(1), credential(2), credential(3, 2), credential(4)] as const;
    for (const each of [first, ...others]) addCredential(credentials, each);
    expect(ids(credentialsOfRp(credentials, filled(1)))).toEqual([4, 2, 1]);
    addCredential(credentials, credential(5, 1, 1));
    expect(ids(credentialsOfRp(credentials, filled(1)))).toEqual([5, 4, 2]);
    expect(first.privateKey).toEqual(filled(0));
    expect(ids(credentialsOfRp(credentials, filled(9)))).toEqual([]);
  });

  test('are found, renamed and deleted by ID', () => {
    const { credentials } = bench().key.state;
    addCredential(credentials, { ...credential(1), user: { id: filled(1, 4), name: 'a', displayName: 'b' } });
    const user = { id: filled(1, 4), name: 'new', displayName: undefined, icon: 'x' };
    const kept = storedUser(user, model);
    expect(updateUser(credentials, filled(1), kept)).toBe(true);
    expect(credentialById(credentials, filled(1))?.user).toEqual({ id: filled(1, 4), name: 'new' });
    expect(updateUser(credentials, filled(2), kept)).toBe(false);
    expect(deleteCredential(credentials, filled(2))).toBe(false);
    expect(deleteCredential(credentials, filled(1))).toBe(true);
    expect(credentials.discoverable).toEqual([]);
  });

  test('fill the key up; overwriting needs no room', () => {
    const model = { ...modelById('ctap-2.3'), storage: { discoverableCredentials: 2 } };
    const { credentials } = bench(model).key.state;
    addCredential(credentials, credential(1));
    expect(remainingCapacity(credentials, model)).toBe(1);
    expect(hasRoomFor(credentials, model, credential(2))).toBe(true);
    addCredential(credentials, credential(2));
    expect(remainingCapacity(credentials, model)).toBe(0);
    expect(hasRoomFor(credentials, model, credential(3))).toBe(false);
    expect(hasRoomFor(credentials, model, credential(4, 1, 1))).toBe(true);
    expect(hasRoomFor(credentials, model, credential(4, 2, 1))).toBe(false);
  });

  test('keep their RP ID as long as the model does', () => {
    const rpId = 'a-very-long-name-indeed.subdomain.example.com';
    expect(storedRpId(rpId, modelById('ctap-2.3'))).toBe(rpId);
    expect(storedRpId(rpId, modelById('ctap-2.1-pre'))).toBe('…-indeed.subdomain.example.com');
  });
});

describe('in JSON', () => {
  const model = modelById('ctap-2.3');
  const copy = (json: unknown) => JSON.parse(JSON.stringify(json));

  test('they come back as they were', () => {
    const { state } = bench().key;
    addCredential(state.credentials, credential(1));
    addCredential(state.credentials, {
      ...credential(2),
      rpName: 'RP',
      alg: -35,
      privateKey: filled(2, 48),
      credBlob: filled(7, 5),
      largeBlobKey: filled(8),
      credProtect: 3,
      thirdPartyPayment: true,
      signCount: 9,
    });
    expect(stateFromJson(copy(stateToJson(state)), model)).toEqual(state);
  });

  test.each([
    ['alg', -999, /discoverable\[0\]\.alg is not an algorithm of ctap-2\.3/],
    ['credProtect', 4, /credProtect is not an integer from 1 to 3/],
    ['privateKey', 'aa', /privateKey is not 32 bytes/],
    ['user', {}, /user\.id is not there/],
    ['largeBlobKey', 'aa', /largeBlobKey is not 32 bytes/],
    ['signCount', -1, /signCount is not an integer/],
  ])('damage to %s is refused', (name, value, message) => {
    const { state } = bench().key;
    addCredential(state.credentials, credential(1));
    const json = copy(stateToJson(state));
    json.credentials.discoverable[0][name] = value;
    expect(() => stateFromJson(json, model)).toThrow(message);
  });

  test('two of one ID, or more than the model holds, are refused', () => {
    const { state } = bench().key;
    addCredential(state.credentials, credential(1));
    const json = copy(stateToJson(state));
    const [one] = json.credentials.discoverable;
    json.credentials.discoverable = [one, one];
    expect(() => stateFromJson(json, model)).toThrow(/discoverable is not a list of credentials with different IDs/);
    json.credentials.discoverable = new Array(101).fill(one);
    expect(() => stateFromJson(json, model)).toThrow(/discoverable is not a list of at most 100/);
  });
});
