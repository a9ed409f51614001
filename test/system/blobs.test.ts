/** Large blobs on one card, written and read by seckey and by python-fido2. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { type Document, InstalledSeckey } from './support/seckey.ts';

const PIN = '24681357';
const CAPACITY = 4096;
const WORDS = Buffer.from('ssh-ed25519-cert-v01@openssh.com '.repeat(40));

let pcscd: Pcscd;
beforeAll(async () => {
  pcscd = await Pcscd.start();
});
afterAll(() => pcscd?.stop());

describe.each(['ctap-2.3', 'yubikey-5-nfc'])('%s', (model) => {
  let installed: InstalledSeckey;
  let pin: string[];
  /** Two credentials with a key for blobs, and one without. */
  const made: Document[] = [];
  const seckey = (...args: string[]) => installed.json(['blobs', ...args, ...pin]);
  const python = (action: string, input: object = {}) =>
    installed.python('large_blobs', [action], { pin: PIN, ...input });
  const read = async (index: number) => (await python('get', { key: made[index]?.largeBlobKey })).data;
  const id = (index: number): string => made[index]?.credentialId;
  const file = (content: Uint8Array): string => {
    const path = join(installed.directory, `blob-${randomBytes(4).toString('hex')}`);
    writeFileSync(path, content);
    return path;
  };

  /** What seckey lists; fails unless python-fido2 sees as many bytes, and blobs of these sizes. */
  async function listed(): Promise<Document> {
    const list = await seckey('list');
    const { sizes, used } = await python('list');
    expect(list).toMatchObject({ used, capacity: CAPACITY });
    expect(list.entries.map(({ size }: Document) => size)).toEqual(sizes);
    return list;
  }

  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model);
    pin = ['--pin-file', installed.pinFile(PIN)];
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(PIN)]);
    for (const largeBlobKey of [true, true, undefined]) {
      const credentials = [{ rpId: 'blobs.example', userId: `0${made.length}`, name: 'user', largeBlobKey }];
      if (model !== 'ctap-2.3') await installed.lift();
      made.push(...(await installed.python('make_credential', [], { pin: PIN, credentials })).made);
    }
  });
  afterAll(() => installed?.close());

  test('nothing yet: the empty array of the specification', async () => {
    expect(await listed()).toEqual({ used: 17, capacity: CAPACITY, entries: [] });
    expect(await installed.json(['blobs', 'get', id(0), ...pin], 3)).toMatchObject({ error: { code: 'not-found' } });
  });

  test('written by seckey, read by python-fido2', async () => {
    await seckey('set', id(0), file(WORDS));
    expect(await read(0)).toEqual([WORDS.toString('hex')]);
    expect(await read(1)).toEqual([]);
    expect((await listed()).entries).toEqual([
      { state: 'matched', credentialId: id(0), rpId: 'blobs.example', size: WORDS.length },
    ]);
  });

  test('written by python-fido2, read by seckey; what was there stays', async () => {
    const data = randomBytes(60);
    await python('put', { key: made[1]?.largeBlobKey, data: data.toString('hex') });
    const path = join(installed.directory, 'out');
    await seckey('get', id(1), '-o', path);
    expect(readFileSync(path)).toEqual(data);
    expect(await seckey('get', id(1))).toMatchObject({ data: data.toString('hex') });
    await seckey('get', id(0), '-o', path);
    expect(readFileSync(path)).toEqual(WORDS);
    expect((await listed()).entries.map(({ credentialId }: Document) => credentialId)).toEqual([id(0), id(1)]);
  });

  test('replaced by seckey, too long for one fragment on a key of small messages', async () => {
    const data = randomBytes(3000);
    await seckey('set', id(1), file(data));
    expect(await read(1)).toEqual([data.toString('hex')]);
    expect(await read(0)).toEqual([WORDS.toString('hex')]);
    await listed();
    // No room: refused, and nothing is lost.
    const refused = await installed.json(['blobs', 'set', id(0), file(randomBytes(1500)), ...pin], 9);
    expect(refused).toMatchObject({ error: { code: 'too-large' } });
    expect([await read(0), await read(1)]).toEqual([[WORDS.toString('hex')], [data.toString('hex')]]);
    await seckey('set', id(1), file(data.subarray(0, 90)));
    expect(await read(1)).toEqual([data.subarray(0, 90).toString('hex')]);
  });

  test('a credential without a key for blobs has none', async () => {
    const { error } = await installed.json(['blobs', 'set', id(2), file(WORDS), ...pin], 5);
    expect(error).toMatchObject({ code: 'unsupported' });
    expect((await listed()).entries).toHaveLength(2);
  });

  test('a blob of nobody: seckey calls it orphaned, keeps it while it writes, and drops it when told to', async () => {
    const stranger = randomBytes(32).toString('hex');
    await python('put', { key: stranger, data: '6f6c64' });
    expect((await listed()).entries.map(({ state }: Document) => state)).toEqual(['matched', 'matched', 'orphaned']);
    await seckey('set', id(0), file(Buffer.from('new')));
    expect((await python('get', { key: stranger })).data).toEqual(['6f6c64']);
    await seckey('compact', '--yes');
    expect((await python('get', { key: stranger })).data).toEqual([]);
    expect(await read(0)).toEqual(['6e6577']);
    expect((await listed()).entries).toHaveLength(2);
  });

  test('eight more of python-fido2, in an order of chance, disturb nothing', async () => {
    expect(await python('shuffle')).toEqual({ asBefore: true });
    expect(await read(0)).toEqual(['6e6577']);
  });

  test('deleted by either', async () => {
    await seckey('delete', id(0), '--yes');
    expect(await read(0)).toEqual([]);
    expect((await listed()).entries.map(({ credentialId }: Document) => credentialId)).toEqual([id(1)]);
    await python('delete', { key: made[1]?.largeBlobKey });
    expect(await listed()).toEqual({ used: 17, capacity: CAPACITY, entries: [] });
  });
});

describe('fido2-applet, which lists no large-blob keys', () => {
  let installed: InstalledSeckey;
  let pin: string[];
  let made: Document[];
  const seckey = (...args: string[]) => installed.json(['blobs', ...args, ...pin]);
  const python = (action: string, input: object = {}) =>
    installed.python('large_blobs', [action], { pin: PIN, ...input });
  const states = async (...options: string[]) =>
    (await seckey('list', ...options)).entries.map(({ state }: Document) => state);

  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve('applet', 'fido2-applet');
    pin = ['--pin-file', installed.pinFile(PIN)];
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(PIN)]);
    const credentials = ['a.example', 'b.example'].map((rpId) => ({
      rpId,
      userId: '01',
      name: 'user',
      largeBlobKey: true,
    }));
    made = (await installed.python('make_credential', [], { pin: PIN, credentials })).made;
  });
  afterAll(() => installed?.close());

  test('a live blob that python-fido2 wrote is never dropped, an orphaned one only once the key was asked', async () => {
    await python('put', { key: made[0]?.largeBlobKey, data: '6c697665' });
    await python('put', { key: randomBytes(32).toString('hex'), data: '6f6c64' });
    expect(await states()).toEqual(['unknown', 'unknown']);
    expect(await installed.json(['blobs', 'compact', '--yes', ...pin], 5)).toMatchObject({
      error: { code: 'unsupported' },
    });
    expect(await states('--find-owners')).toEqual(['matched', 'orphaned']);
    const backup = join(installed.directory, 'backup');
    expect(await seckey('compact', '--yes', '--find-owners', '--backup', backup)).toMatchObject({ removed: 1 });
    expect(JSON.parse(readFileSync(backup, 'utf8')).dropped).toMatchObject([{ state: 'orphaned', size: 3 }]);
    expect((await python('get', { key: made[0]?.largeBlobKey })).data).toEqual(['6c697665']);
  });

  test('read, written and deleted by the key that signing in gives', async () => {
    const [first, second] = made.map(({ credentialId }) => `${credentialId}`);
    expect(await seckey('get', `${first}`)).toMatchObject({ data: '6c697665' });
    const file = join(installed.directory, 'data');
    writeFileSync(file, 'new');
    await seckey('set', `${second}`, file);
    expect((await python('get', { key: made[1]?.largeBlobKey })).data).toEqual(['6e6577']);
    await seckey('delete', `${second}`, '--yes');
    expect((await python('get', { key: made[1]?.largeBlobKey })).data).toEqual([]);
    expect((await python('get', { key: made[0]?.largeBlobKey })).data).toEqual(['6c697665']);
  });
});
