/** Passkeys on one card, registered, listed, renamed and deleted by seckey and by other people's clients. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bySite, credentialsOf, listOfPeer, onlyOf, renamed, without } from './support/credential-list.ts';
import { Pcscd } from './support/pcscd.ts';
import { PYTHON } from './support/peers.ts';
import { REGISTRATIONS, type Registration } from './support/registrations.ts';
import { type Document, InstalledSeckey } from './support/seckey.ts';

const PIN = 'correct horse';

let pcscd: Pcscd;
beforeAll(async () => {
  pcscd = await Pcscd.start();
});
afterAll(() => pcscd?.stop());

describe.each(['ctap-2.3', 'yubikey-5-nfc'])('%s', (model) => {
  const presenceByField = model === 'yubikey-5-nfc';
  let installed: InstalledSeckey;
  let pin: string[];
  const made: Document[] = [];
  const seckey = (...args: string[]) => installed.json(['credentials', ...args, ...pin]);
  const python = async (action: string, input: object = {}) =>
    installed.python('credentials', [action], { pin: PIN, ...input });
  const theirs = async () => listOfPeer(await python('list'));
  const idOf = (name: string | undefined): string =>
    made[REGISTRATIONS.findIndex((registration) => registration.name === name)]?.credentialId;
  const assertion = async (rpId: string, input: object = {}): Promise<Document[]> => {
    if (presenceByField) await installed.lift();
    const publicKeys = Object.fromEntries(made.map(({ credentialId, publicKey }) => [credentialId, publicKey]));
    return (await installed.python('get_assertion', [], { rpId, publicKeys, pin: PIN, ...input })).assertions;
  };

  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model, { steadyPower: true });
    pin = ['--pin-file', installed.pinFile(PIN)];
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(PIN)]);
  });
  afterAll(() => installed?.close());

  test('a key with a PIN and nothing on it: both say so', async () => {
    const empty = await seckey('list');
    expect(empty).toEqual({ existing: 0, remaining: 100, relyingParties: [] });
    expect(await theirs()).toEqual(empty);
  });

  test('python-fido2 registers passkeys, and every attestation holds', async () => {
    const groups = presenceByField ? REGISTRATIONS.map((one) => [one]) : [REGISTRATIONS];
    for (const credentials of groups) {
      if (presenceByField) await installed.lift();
      made.push(...(await installed.python('make_credential', [], { pin: PIN, credentials })).made);
    }
    const { aaguid } = await installed.json(['info']);
    expect(made).toHaveLength(REGISTRATIONS.length);
    for (const [index, { credProtect, hmacSecret, largeBlobKey }] of REGISTRATIONS.entries()) {
      expect(made[index]).toMatchObject({
        aaguid: aaguid.replaceAll('-', ''),
        attestation: 'BASIC',
        userPresent: true,
        userVerified: true,
        extensions: {
          ...(credProtect && { credProtect }),
          ...(hmacSecret && { 'hmac-secret': true }),
        },
      });
      expect(made[index]?.largeBlobKey?.length).toBe(largeBlobKey ? 64 : undefined);
    }
    expect(new Set(made.map(({ credentialId }) => credentialId)).size).toBe(REGISTRATIONS.length);
  });

  test('one more at once: a card in the field wants to be lifted first, one with a button only a touch', async () => {
    const credentials = [{ rpId: 'again.example', userId: '01' }];
    const attempt = await installed.pythonResult('make_credential', [], { pin: PIN, credentials });
    if (presenceByField) expect(JSON.parse(attempt.stdout)).toMatchObject({ error: { status: 0x3b } });
    else await python('delete', { ids: [JSON.parse(attempt.stdout).made[0].credentialId] });
    expect((await python('list')).existing).toBe(REGISTRATIONS.length);
  });

  test('seckey lists what was registered, and python-fido2 lists the same', async () => {
    const ours = await seckey('list');
    expect(ours).toMatchObject({ existing: 8, remaining: 92 });
    expect(ours.relyingParties.map(({ id, name }: Document) => `${id} ${name}`).sort()).toEqual([
      'accounts.example.net 例え',
      'bank.example Straßenbank',
      'example.com Example',
    ]);
    for (const { id, rpIDHash } of ours.relyingParties) {
      expect(rpIDHash).toBe(createHash('sha256').update(id).digest('hex'));
    }
    const listed = new Map(credentialsOf(ours).map((credential) => [credential.credentialId, credential]));
    for (const [index, registration] of REGISTRATIONS.entries()) {
      expect(listed.get(made[index]?.credentialId)).toEqual(expectedOf(registration, made[index]?.credentialId));
    }
    const peers = await python('list');
    expect(listOfPeer(peers)).toEqual(ours);
    for (const { credentialId, publicKey, largeBlobKey } of credentialsOf(peers)) {
      expect(made.find((one) => one.credentialId === credentialId)).toMatchObject({
        publicKey,
        ...(largeBlobKey && { largeBlobKey }),
      });
    }
  });

  test('one site, one credential by its beginning, in hex and base64url', async () => {
    const all = await seckey('list');
    const bank = await seckey('list', '--rp', 'bank.example');
    expect(bank).toEqual(onlyOf(all, 'bank.example'));
    const wanted = credentialsOf(all).find(({ user }) => user.name === '山田太郎');
    expect(await seckey('show', `${wanted?.credentialId.slice(0, 16)}`)).toEqual(wanted);
    const base64url = Buffer.from(`${wanted?.credentialId}`, 'hex').toString('base64url');
    const shown = await installed.seckey(['credentials', 'show', '--json', ...pin, '--', base64url]);
    expect(JSON.parse(shown.stdout)).toEqual(wanted);
  });

  test('python-fido2 signs in with what seckey lists: names, protection, blob key and hmac-secret', async () => {
    const ours = credentialsOf(await seckey('list'));
    const signed = await assertion('bank.example');
    expect(signed.map(({ credentialId, user }) => ({ credentialId, user }))).toEqual(
      ours.filter(({ rpId }) => rpId === 'bank.example').map(({ credentialId, user }) => ({ credentialId, user })),
    );
    // Without a PIN the key keeps silent about credProtect 3, and about 2 without a list; names stay hidden.
    const bare = await assertion('bank.example', { pin: undefined });
    expect(bare).toMatchObject([{ credentialId: idOf('zoë'), user: { id: '08' }, userVerified: false }]);
    expect(bare[0]?.user).toEqual({ id: '08' });
    const blob = await assertion('accounts.example.net', { allow: [idOf('hanako')], largeBlobKey: true });
    expect(blob).toMatchObject([{ largeBlobKey: made[6]?.largeBlobKey }]);
    const salted = async (salt: string) =>
      (await assertion('example.com', { allow: [idOf('alice@example.com')], salt }))[0]?.secret;
    const secret = await salted('5a'.repeat(32));
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await salted('5a'.repeat(32))).toBe(secret);
    expect(await salted('a5'.repeat(32))).not.toBe(secret);
  });

  test('seckey renames, python-fido2 sees exactly that; and the other way round', async () => {
    let expected = await seckey('list');
    const zoe = idOf('zoë');
    const changed = await seckey('update-user', zoe, '--name', 'باسل@example', '--display-name', '');
    expect(changed).toMatchObject({ credentialId: zoe, user: { id: '08', name: 'باسل@example' } });
    expected = renamed(expected, zoe, { name: 'باسل@example' });
    expect(await theirs()).toEqual(expected);

    const alice = idOf('alice@example.com');
    await seckey('update-user', alice, '--display-name', 'アリス');
    expected = renamed(expected, alice, { name: 'alice@example.com', displayName: 'アリス' });
    expect(await theirs()).toEqual(expected);

    const nameless = idOf(undefined);
    await python('update', { id: nameless, user: { id: '0a0b0c', name: 'now named', displayName: 'Имя' } });
    expected = renamed(expected, nameless, { name: 'now named', displayName: 'Имя' });
    expect(await seckey('list')).toEqual(expected);

    await python('update', { id: alice, user: { id: '00' } });
    expect(await seckey('list')).toEqual(renamed(expected, alice, {}));
  });

  test('export: JSON as in the list, CSV as another reader of CSV takes it apart', async () => {
    const list = await seckey('list');
    const exported = await installed.seckey(['credentials', 'export', ...pin]);
    expect(JSON.parse(exported.stdout)).toEqual(list);
    const csv = await installed.seckey(['credentials', 'export', '--format', 'csv', ...pin]);
    const rows = await pcscd.exec(
      PYTHON,
      ['-c', 'import csv, json, sys; print(json.dumps(list(csv.DictReader(sys.stdin))))'],
      { input: csv.stdout },
    );
    expect(JSON.parse(rows.stdout)).toEqual(
      list.relyingParties.flatMap(({ id, name, rpIDHash, credentials }: Document) =>
        credentials.map((credential: Document) => ({
          rpId: id,
          rpName: name,
          rpIDHash,
          credentialId: credential.credentialId,
          userId: credential.user.id,
          // What a spreadsheet would run is disarmed.
          userName: (credential.user.name ?? '').replace(/^=/, "'="),
          userDisplayName: (credential.user.displayName ?? '').replace('\u200d', '\\u{200d}'),
          kty: credential.publicKey.kty,
          alg: `${credential.publicKey.alg}`,
          credProtect: `${credential.credProtect}`,
          largeBlobKey: `${credential.largeBlobKey}`,
          thirdPartyPayment: `${credential.thirdPartyPayment ?? ''}`,
        })),
      ),
    );
  });

  test('seckey deletes two, python-fido2 all others; each sees what the other did', async () => {
    const before = await seckey('list');
    const gone = [idOf('müller'), idOf('hanako')];
    expect(await seckey('delete', '--yes', ...gone)).toEqual({ deleted: gone });
    const expected = without(before, ...gone);
    const after = await seckey('list');
    expect(bySite(after)).toEqual(bySite(expected));
    expect(await theirs()).toEqual(after);
    expect(await installed.json(['credentials', 'show', `${gone[0]}`, ...pin], 3)).toMatchObject({
      error: { code: 'not-found' },
    });

    const [first, ...others] = credentialsOf(expected).map(({ credentialId }) => credentialId);
    await python('delete', { ids: [first] });
    expect(bySite(await seckey('list'))).toEqual(bySite(without(expected, first)));
    await python('delete', { ids: others });
    const empty = await seckey('list');
    expect(empty).toEqual({ existing: 0, remaining: 100, relyingParties: [] });
    expect(await theirs()).toEqual(empty);
  });

  function expectedOf({ rpId, userId, ...given }: Registration, credentialId: string): Document {
    const { name, displayName, alg = -7, credProtect = 1, largeBlobKey = false } = given;
    return {
      rpId,
      credentialId,
      user: { id: userId, ...(name && { name }), ...(displayName && { displayName }) },
      publicKey: { kty: alg === -8 ? 'OKP' : 'EC2', alg },
      credProtect,
      largeBlobKey,
      ...(model === 'ctap-2.3' && { thirdPartyPayment: false }),
    };
  }
});
