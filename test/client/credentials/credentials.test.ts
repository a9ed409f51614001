import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Authorization, withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { deleteCredentials, updateUserInformation } from '../../../src/client/credentials/changes.ts';
import {
  credentialMetadata,
  credentialReadPermission,
  type ListOptions,
  listCredentials,
  type RelyingPartyCredentials,
} from '../../../src/client/credentials/credentials.ts';
import { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { type CborMap, type CborValue, encodeCbor } from '../../../src/encoding/cbor.ts';
import {
  commands,
  encryptedToken,
  keyAgreement,
  pinRetries,
  requestMap,
  ScriptedPerson,
} from '../../support/authorized-key.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { type Members, map, TOKEN, withScriptedToken } from '../../support/scripted-session.ts';
import { vectors } from '../../support/vectors.ts';

const OPTIONS = { clientPin: true, pinUvAuthToken: true, credMgmt: true };
const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());

const rp = (id: string, total?: number, shown: string = id): Map<CborValue, CborValue> =>
  map([3, new Map([['id', shown]])], [4, hash(id)], ...(total === undefined ? [] : ([[5, total]] as Members)));
const credential = (id: number, total?: number, more: Members = []): Map<CborValue, CborValue> =>
  map(
    [6, new Map<CborValue, CborValue>([['id', Uint8Array.of(id)]])],
    [
      7,
      new Map<CborValue, CborValue>([
        ['id', new Uint8Array(16).fill(id)],
        ['type', 'public-key'],
      ]),
    ],
    [
      8,
      new Map<CborValue, CborValue>([
        [1, 2],
        [3, -7],
      ]),
    ],
    ...(total === undefined ? [] : ([[9, total]] as Members)),
    ...more,
  );
/** What {@link credential} 1 is. */
const STORED = { credentialId: new Uint8Array(16).fill(1), rpIDHash: hash('a.example') };
const metadata = (existing: number, remaining = 20) => map([1, existing], [2, remaining]);

const manage = <T>(
  answers: Answer[],
  work: (session: Session, authorization: Authorization) => Promise<T>,
  options: Record<string, boolean> = OPTIONS,
) => {
  const permissions = async (session: Session) => credentialReadPermission(await session.info());
  return withScriptedToken([infoAnswer(options), ...answers], permissions, work);
};

function list(answers: Answer[], options: ListOptions = {}, keyOptions: Record<string, boolean> = OPTIONS) {
  return manage(
    [...TOKEN, ...answers],
    async (session, authorization) => {
      const all: RelyingPartyCredentials[] = [];
      for await (const found of listCredentials(session, authorization, options)) all.push(found);
      return all;
    },
    keyOptions,
  );
}

describe('exchanges, counted', () => {
  test('R relying parties and C credentials: R + C + 5, and nothing between begin and the last next', async () => {
    const seen: number[] = [];
    const { device, outcome } = await manage(
      [...TOKEN, metadata(3), rp('a.example', 2), rp('b.example'), credential(1, 2), credential(2), credential(3, 1)],
      async (session, authorization) => {
        const counts = await credentialMetadata(session, authorization);
        const all: RelyingPartyCredentials[] = [];
        const options = { metadata: counts, onProgress: (count: number) => seen.push(count) };
        for await (const found of listCredentials(session, authorization, options)) all.push(found);
        return { counts, all };
      },
    );
    expect(commands(device).join(' ')).toBe('04 06/1 06/2 06/9 0a/1 0a/2 0a/3 0a/4 0a/5 0a/4');
    expect(device.requests).toHaveLength(2 + 3 + 5);
    // Next carries subCommand and nothing else.
    expect([device.requests[6], device.requests[8]]).toEqual(['0aa10103', '0aa10105']);
    expect(outcome.counts).toEqual({ existing: 3, remaining: 20 });
    expect(outcome.all.map(({ id, credentials }) => [id, credentials.length])).toEqual([
      ['a.example', 2],
      ['b.example', 1],
    ]);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('none: 5', async () => {
    const { device } = await manage([...TOKEN, metadata(0)], async (session, authorization) => {
      const counts = await credentialMetadata(session, authorization);
      for await (const _ of listCredentials(session, authorization, { metadata: counts })) expect.unreachable();
    });
    expect(device.requests).toHaveLength(5);
  });

  test('with a persistent token, listing again asks for no second PIN', async () => {
    const device = new ScriptedDevice([
      infoAnswer({ ...OPTIONS, perCredMgmtRO: true }),
      ...TOKEN,
      metadata(0),
      metadata(0),
    ]);
    const session = await Session.open(discovered(device));
    const person = new ScriptedPerson();
    const request = { permissions: credentialReadPermission(await session.info()) };
    for (let i = 0; i < 2; i++)
      await withAuthorization(session, request, person, (a) => credentialMetadata(session, a));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9', '0a/1', '0a/1']);
    expect(requestMap(device.requests[3]!).get(9)).toBe(PERMISSION.pcmr);
    expect(person.log).toEqual(['PIN, 8 left']);
  });

  test('only a wanted relying party is looked into', async () => {
    const { device, outcome } = await list([rp('a.example', 2), rp('b.example'), credential(3, 1)], {
      rp: ({ id }) => id === 'b.example',
    });
    expect(outcome.map(({ id }) => id)).toEqual(['b.example']);
    expect(device.unused).toBe(0);
  });
});

describe('none, however the key says it', () => {
  test.each<[string, Answer]>([
    ['2E', 0x2e],
    ['an empty map', map()],
    ['no map', 0x00],
    ['total 0', map([5, 0])],
    ['total 0 with an empty hash', map([4, new Uint8Array(0)], [5, 0])],
  ])('%s', async (_, answer) => expect((await list([answer])).outcome).toEqual([]));

  test.each<[string, Answer, number | undefined]>([
    ['2E', 0x2e, 0],
    // No count is no count of 0: the list itself tells.
    ['an empty map', map(), undefined],
  ])('metadata: %s', async (_, answer, existing) => {
    const { outcome } = await manage([...TOKEN, answer], credentialMetadata);
    expect(outcome.existing).toBe(existing);
  });

  test('a relying party whose credentials are gone', async () => {
    expect((await list([rp('a.example', 1), 0x2e])).outcome).toMatchObject([{ id: 'a.example', credentials: [] }]);
  });
});

describe('what keys leave out', () => {
  test.each<[string, number]>([
    ['2E', 0x2e],
    ['30', 0x30],
  ])('totals: the list ends when the key says %s', async (_, status) => {
    const { outcome } = await list([rp('a.example'), status, credential(1), credential(2), status]);
    expect(outcome).toMatchObject([{ id: 'a.example', credentials: [{}, {}] }]);
  });

  test('totals: the list ends with an empty answer', async () => {
    const { outcome } = await list([rp('a.example'), map(), credential(1), 0x00]);
    expect(outcome[0]?.credentials).toHaveLength(1);
  });

  test('names, user, public key, the relying party itself', async () => {
    const bare = map(
      [
        7,
        new Map<CborValue, CborValue>([
          ['id', Uint8Array.of(1)],
          ['type', 'public-key'],
        ]),
      ],
      [9, 1],
    );
    const { outcome } = await list([map([4, hash('a.example')], [5, 1]), bare]);
    expect(outcome).toEqual([
      {
        id: undefined,
        name: undefined,
        idShortened: false,
        rpIDHash: hash('a.example'),
        credentials: [
          {
            credentialId: Uint8Array.of(1),
            user: undefined,
            publicKey: undefined,
            credProtect: undefined,
            thirdPartyPayment: undefined,
            hasLargeBlobKey: false,
          },
        ],
      },
    ]);
  });

  test('the hash: it follows from the id', async () => {
    const { device } = await list([map([3, new Map([['id', 'example.com']])], [5, 1]), credential(1, 1)]);
    expect(device.requests.at(-1)).toContain(vectors.keys.rpIdHash);
  });
});

describe('shortened RP IDs', () => {
  test.each(vectors.rpIdTruncation as { rpId: string; storedText?: string }[])(
    '$rpId is addressed by its hash',
    async ({ rpId, storedText }) => {
      const { device, outcome } = await list([rp(rpId, 1, storedText), credential(1, 1)]);
      expect(outcome[0]).toMatchObject({ id: storedText ?? rpId, idShortened: storedText !== undefined });
      expect(device.requests.at(-1)).toContain(toHex(hash(rpId)));
    },
  );
});

describe('a key that lost its place', () => {
  test('among relying parties: begun again, once', async () => {
    const { device, outcome } = await list([
      rp('a.example', 2),
      0x30,
      rp('a.example', 2),
      rp('b.example'),
      credential(1, 1),
      credential(2, 1),
    ]);
    expect(outcome).toHaveLength(2);
    expect(commands(device).slice(4).join(' ')).toBe('0a/2 0a/3 0a/2 0a/3 0a/4 0a/4');
  });

  test('among credentials: only those of this relying party again', async () => {
    const { outcome } = await list([rp('a.example', 1), credential(1, 2), 0x30, credential(1, 2), credential(2)]);
    expect(outcome[0]?.credentials).toHaveLength(2);
  });

  test('twice', async () => {
    const failure = await list([rp('a.example', 2), 0x30, rp('a.example', 2), 0x30]).catch((error) => error);
    expect(failure).toMatchObject({ code: 'state-lost', status: 0x30 });
    expect(failure.device.unused).toBe(0);
  });
});

describe('the token dropped in the middle', () => {
  test('a fresh one, and the list goes on', async () => {
    const { device } = await list([rp('a.example', 1), 0x33, ...TOKEN, credential(1, 1)]);
    expect(commands(device).slice(4).join(' ')).toBe('0a/2 0a/4 06/1 06/2 06/9 0a/4');
  });
});

describe('hostile answers', () => {
  test('an enumeration without total that never ends', async () => {
    let n = 0;
    const endless = () => rp(`${n++}.example`);
    const failure = await list(Array(10_001).fill(endless)).catch((error) => error);
    expect(failure).toMatchObject({ code: 'malformed-response' });
    expect(failure.device.requests).toHaveLength(4 + 10_000);
  });

  test.each<[string, Answer[]]>([
    ['a total beyond reason', [rp('a.example', 1_000_000)]],
    ['the same relying party twice', [rp('a.example', 3), rp('a.example')]],
    ['the same credential twice', [rp('a.example', 1), credential(1, 2), credential(1)]],
    ['fewer than announced', [rp('a.example', 3), rp('b.example'), map()]],
    ['a total and nothing else', [map([5, 2])]],
    ['a credential without id', [rp('a.example', 1), map([6, new Map([['id', Uint8Array.of(1)]])], [9, 1])]],
    ['a user without id', [rp('a.example', 1), map([6, new Map([['name', 'x']])], [9, 1])]],
    [
      'an id that is text',
      [
        rp('a.example', 1),
        map(
          [
            7,
            new Map([
              ['id', 'x'],
              ['type', 'public-key'],
            ]),
          ],
          [9, 1],
        ),
      ],
    ],
    ['a negative total', [map([3, new Map([['id', 'a']])], [4, hash('a')], [5, -1])]],
    ['no CBOR', [Uint8Array.of(0, 0xff)]],
  ])('%s', async (_, answers) => {
    await expect(list(answers)).rejects.toMatchObject({ code: 'malformed-response' });
  });

  test('more than announced is not asked for', async () => {
    const { device } = await list([rp('a.example', 1), credential(1, 1), credential(2)]);
    expect(device.unused).toBe(1);
  });

  test('huge and strange names arrive as they are', async () => {
    const name = `\u001b[2J\u202e${'x'.repeat(6_000)}`;
    const user = new Map<CborValue, CborValue>([
      ['id', Uint8Array.of(1)],
      ['name', name],
      ['displayName', ''],
    ]);
    const { outcome } = await list([rp('a.example', 1), credential(1, 1, [[6, user]])]);
    expect(outcome[0]?.credentials[0]?.user).toMatchObject({ name, displayName: '' });
  });
});

describe('large-blob keys', () => {
  const withKey = () => [rp('a.example', 1), credential(1, 1, [[0x0b, new Uint8Array(32).fill(7)]])];

  test('are left out unless asked for', async () => {
    const { outcome } = await list(withKey());
    expect(outcome[0]?.credentials[0]).toMatchObject({ hasLargeBlobKey: true });
    expect(outcome[0]?.credentials[0]).not.toHaveProperty('largeBlobKey');
  });

  test('are handed over when asked for', async () => {
    const { outcome } = await list(withKey(), { largeBlobKeys: true });
    expect(outcome[0]?.credentials[0]?.largeBlobKey).toEqual(new Uint8Array(32).fill(7));
  });
});

describe('keys of FIDO_2_1_PRE', () => {
  const PREVIEW = { clientPin: true, credentialMgmtPreview: true };

  test('the preview command, with a token of the old kind', async () => {
    const { device } = await list([rp('a.example', 1), credential(1, 1)], {}, PREVIEW);
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/5', '41/2', '41/4']);
  });

  test('no update', async () => {
    await expect(
      manage(TOKEN, (session, a) => updateUserInformation(session, STORED, { id: Uint8Array.of(1) }, a), PREVIEW),
    ).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('a key with neither', async () => {
    await expect(list([], {}, { clientPin: true })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('credMgmt'),
    });
  });
});

describe('changing', () => {
  const user = { id: Uint8Array.of(1) };
  const update = (s: Session, a: Authorization) => updateUserInformation(s, STORED, user, a);

  test('delete: each, what is left of its relying party, and the count; then getInfo is asked anew', async () => {
    const { device, session, outcome } = await manage(
      [...TOKEN, 0x00, 0x2e, metadata(3), infoAnswer(OPTIONS)],
      (s, a) => deleteCredentials(s, [STORED], a),
    );
    await session.info();
    expect(commands(device).slice(4)).toEqual(['0a/6', '0a/4', '0a/1', '04']);
    expect(outcome).toMatchObject({ deleted: [STORED], kept: [], uncertain: [], existing: 3, failure: undefined });
  });

  test('delete: a status is its failure, and what is listed is kept', async () => {
    const { outcome } = await manage([...TOKEN, 0x2e, credential(1, 1), metadata(1)], (s, a) =>
      deleteCredentials(s, [STORED], a),
    );
    expect(outcome).toMatchObject({ deleted: [], kept: [STORED], failure: { code: 'not-found' } });
  });

  test.each([
    ['update', 0x28, 'too-large'],
    ['update of another user.id', 0x02, 'refused'],
  ] as const)('%s: status %i is %s', async (_, status, code) => {
    await expect(manage([...TOKEN, status], update)).rejects.toMatchObject({ code });
  });
});

describe('bytes that pinUvAuthParam covers, against the vectors', () => {
  const { rpId, rpIdHash, credentialId, userId } = vectors.keys;
  const expected = (name: string): { message: string; pinUvAuthParam: string } =>
    vectors.pinProtocolTwo.authenticateWithToken.find((vector: { name: string }) => vector.name === `credMgmt ${name}`);
  const user = { id: fromHex(userId), name: 'alice', displayName: 'Alice' };
  const stored = { credentialId: fromHex(credentialId), rpIDHash: fromHex(rpIdHash) };

  test.each<[string, (s: Session, a: Authorization) => Promise<unknown>, Answer[]]>([
    ['getCredsMetadata', credentialMetadata, [metadata(0)]],
    ['enumerateRPsBegin', async (s, a) => listCredentials(s, a).next(), [0x2e]],
    ['enumerateCredentialsBegin', async (s, a) => listCredentials(s, a).next(), [rp(rpId, 1), 0x2e]],
    ['deleteCredential', (s, a) => deleteCredentials(s, [stored], a), [0, 0x2e, metadata(0)]],
    ['updateUserInformation', (s, a) => updateUserInformation(s, stored, user, a).catch(() => {}), [0, 0x2e]],
  ])('%s', async (name, work, answers) => {
    const script: Answer[] = [pinRetries(8), keyAgreement, (_options) => encryptedToken(device), ...answers];
    const device = new ScriptedDevice([infoAnswer(OPTIONS), ...script]);
    const session = await Session.open(discovered(device));
    await withAuthorization(session, { permissions: PERMISSION.cm }, new ScriptedPerson(), (a) => work(session, a));
    const sub = { deleteCredential: 6, updateUserInformation: 7 }[name];
    const sent = device.requests.filter((hex) => hex.startsWith('0a'));
    const request = requestMap((sub && sent.find((hex) => requestMap(hex).get(1) === sub)) || sent.at(-1)!);
    const params = request.get(2) as CborMap | undefined;
    const covered = Uint8Array.of(request.get(1) as number, ...(params ? encodeCbor(params) : []));
    expect(toHex(covered)).toBe(expected(name).message);
    expect(request.get(3)).toBe(2);
    expect(toHex(request.get(4) as Uint8Array)).toBe(expected(name).pinUvAuthParam);
    if (name === 'enumerateCredentialsBegin') expect(toHex(covered)).toContain(rpIdHash);
  });
});
