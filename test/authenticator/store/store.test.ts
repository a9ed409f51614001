import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareStateDirectory, requireOwnDirectory } from '../../../src/authenticator/store/state-directory.ts';
import { VirtualKeyStore, virtualKeyDirectory } from '../../../src/authenticator/store/store.ts';

const KEY = { model: 'yubikey-5-nfc', hand: 'auto', state: { serial: 7 } } as const;

let directory: string;
let store: VirtualKeyStore;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'seckey-store-')), 'keys');
  store = new VirtualKeyStore(directory);
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

describe('the place', () => {
  test.each([
    ['linux', {}, '/home/u/.local/state/seckey/keys'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/seckey/keys'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/home/u/.local/state/seckey/keys'],
    ['darwin', {}, '/home/u/Library/Application Support/seckey/keys'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/seckey/keys'],
    ['win32', {}, '/home/u/AppData/Local/seckey/keys'],
  ] as const)('%s %j', (platform, env, expected) => {
    expect(virtualKeyDirectory(env, platform, '/home/u')).toBe(expected);
  });

  test('is for the user alone', async () => {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
    await store.create('demo', KEY);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'demo.json')).mode & 0o777).toBe(0o600);
  });
});

describe('a place that is not ours alone', () => {
  const others = (process.getuid?.() ?? 0) + 1;
  beforeEach(() => {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    chmodSync(directory, 0o755);
  });

  test('is refused where it belongs to somebody else, and left as it is', () => {
    expect(() => requireOwnDirectory(directory, others)).toThrow(`${directory} belongs to another user`);
    expect(() => prepareStateDirectory(directory, others)).toThrow('belongs to another user');
    expect(statSync(directory).mode & 0o777).toBe(0o755);
  });

  test('is refused where everybody may write, or put another one in its place', async () => {
    await store.create('demo', KEY);
    const refusal = { code: 'access-denied', message: expect.stringContaining('everybody may write') };
    for (const [open, mode] of [
      [directory, 0o700],
      [join(directory, '..'), 0o755],
    ] as const) {
      chmodSync(open, 0o777);
      await expect(store.create('other', KEY)).rejects.toMatchObject(refusal);
      await expect(store.open('demo')).rejects.toMatchObject(refusal);
      await expect(store.delete('demo')).rejects.toMatchObject(refusal);
      expect(() => store.list()).toThrow('everybody may write');
      expect(statSync(open).mode & 0o777).toBe(0o777);
      chmodSync(open, mode);
    }
    expect(readdirSync(directory)).toEqual(['demo.json']);
  });

  test('is fine below a directory like /tmp, where nobody can put another one in its place', async () => {
    chmodSync(join(directory, '..'), 0o1777);
    await store.create('demo', KEY);
    expect(store.list()).toHaveLength(1);
  });
});

describe('a file that is none, or too large to be one', () => {
  test.each([
    ['pipe', (path: string) => execFileSync('mkfifo', [path]), 'a pipe or a device'],
    ['device', (path: string) => symlinkSync('/dev/zero', path), 'a pipe or a device'],
    ['sparse', (path: string) => execFileSync('truncate', ['-s', '3G', path]), 'too large'],
  ])('%s', async (name, make, words) => {
    await store.create('a', KEY);
    make(join(directory, `${name}.json`));
    await expect(store.open(name)).rejects.toMatchObject({
      code: 'transport-failed',
      message: expect.stringContaining(words),
    });
    expect(store.list()).toMatchObject([
      { name: 'a', model: KEY.model },
      { name, error: { code: 'transport-failed' } },
    ]);
    await store.delete(name);
    expect(readdirSync(directory)).toEqual(['a.json']);
  });
});

describe('a key', () => {
  test('is created, listed, opened, saved, opened again and deleted', async () => {
    expect(store.list()).toEqual([]);
    const created = await store.create('Demo', KEY);
    expect(created).toMatchObject({ format: 'seckey-virtual-key', version: 1, name: 'demo', ...KEY });
    expect(store.list()).toEqual([{ name: 'demo', model: KEY.model, hand: 'auto', createdAt: created.createdAt }]);

    const open = await store.open('DEMO');
    expect(open.document).toEqual(created);
    open.save({ ...open.document, state: { serial: 8 } });
    expect(open.document.state).toEqual({ serial: 8 });
    open.close();
    open.close();
    expect(() => open.save(created)).toThrow('closed');

    const again = await store.open('demo');
    expect(again.document.state).toEqual({ serial: 8 });
    again.close();
    await store.delete('demo');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is never replaced by a new one', async () => {
    await store.create('demo', KEY);
    await expect(store.create('DEMO', { ...KEY, state: {} })).rejects.toMatchObject({ code: 'virtual-key-exists' });
    const results = await Promise.allSettled([1, 2, 3].map((n) => store.create('other', { ...KEY, state: { n } })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('that is not there cannot be opened or deleted', async () => {
    await expect(store.open('nobody')).rejects.toMatchObject({ code: 'no-key' });
    await expect(store.delete('nobody')).rejects.toMatchObject({ code: 'no-key' });
  });

  test('in use is neither opened nor deleted, but listed', async () => {
    await store.create('demo', KEY);
    const open = await store.open('demo');
    await expect(store.open('demo')).rejects.toMatchObject({ code: 'virtual-key-in-use' });
    await expect(store.delete('demo')).rejects.toMatchObject({ code: 'virtual-key-in-use' });
    expect(store.list()).toHaveLength(1);
    open.close();
  });

  test.each([
    '',
    '.',
    '..',
    '.demo',
    '-x',
    'a/b',
    '../a',
    'a\\b',
    'a b',
    'a\0',
    'é',
    'x'.repeat(65),
    'con',
    'NUL.x',
    'com1',
  ])('cannot be called %j', async (name) => {
    await expect(store.create(name, KEY)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(store.open(name)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(store.delete(name)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(existsSync(directory)).toBe(false);
  });

  test('whose name begins with that of another one is another one', async () => {
    for (const name of ['a', 'a.json', 'a.1']) await store.create(name, KEY);
    const open = await store.open('a.json');
    (await store.open('a')).close();
    await store.delete('a');
    open.save(open.document);
    open.close();
    expect(store.list().map(({ name }) => name)).toEqual(['a.1', 'a.json']);
  });
});

describe('a damaged file', () => {
  const whole = {
    format: 'seckey-virtual-key',
    version: 1,
    name: 'demo',
    model: 'm',
    hand: 'auto',
    createdAt: '',
    state: {},
  };
  test.each([
    ['', 'not JSON'],
    ['{"format":"seckey-virt', 'not JSON'],
    ['null', '"format"'],
    ['[]', '"format"'],
    [JSON.stringify({ ...whole, version: undefined }), '"version"'],
    [JSON.stringify({ ...whole, version: 2 }), 'Update seckey'],
    [JSON.stringify({ ...whole, name: 'other' }), '"name"'],
    [JSON.stringify({ ...whole, model: 1 }), '"model"'],
    [JSON.stringify({ ...whole, hand: 'left' }), '"hand"'],
    [JSON.stringify({ ...whole, createdAt: 0 }), '"createdAt"'],
    [JSON.stringify({ ...whole, state: null }), '"state"'],
  ])('%j is named and left alone', async (content, words) => {
    await store.create('good', KEY);
    const path = join(directory, 'demo.json');
    writeFileSync(path, content);
    const error = await store.open('demo').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'invalid-input', message: expect.stringContaining(path) });
    expect(error.message + error.hint).toContain(words);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(store.list()).toMatchObject([{ name: 'demo', error: { code: 'invalid-input' } }, { name: 'good' }]);
    await store.delete('demo');
    expect(readdirSync(directory)).toEqual(['good.json']);
  });

  test('that is a directory, and one whose link leads nowhere', async () => {
    mkdirSync(join(directory, 'demo.json'), { recursive: true });
    await expect(store.open('demo')).rejects.toMatchObject({ code: 'transport-failed' });
    symlinkSync('nowhere', join(directory, 'link.json'));
    await expect(store.open('link')).rejects.toMatchObject({ code: 'no-key' });
    expect(readdirSync(directory).sort()).toEqual(['demo.json', 'link.json']);
  });
});
