import { mkdtempSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { nfcPcsc } from '../../../src/transport/nfc/nfc-pcsc-library.ts';
import { openPcsc } from '../../../src/transport/nfc/pcsc.ts';
import { loadError } from '../../../src/transport/nfc/pcsc-binding.ts';
import { connectError, pcscCode, transmitError } from '../../../src/transport/nfc/pcsc-errors.ts';
import { probePcscd } from '../../../src/transport/nfc/pcscd-socket.ts';
import { FakePcsc, pcscFailure } from '../../support/fake-pcsc.ts';

const open = (fake: FakePcsc, probe = async () => '4:4:0') =>
  openPcsc({ load: async () => nfcPcsc(fake.binding()), probe, retryMs: 20 });
const turns = () => new Promise((resolve) => setTimeout(resolve, 15));

describe('error numbers', () => {
  test('from the text, also of the error wrapped', () => {
    expect(pcscCode(new Error('SCardConnect error: Sharing violation.(0x8010000b)'))).toBe(0x8010000b);
    expect(pcscCode(new Error('SCardConnect error: x(0xffffffff8010000b)'))).toBe(0x8010000b);
    const wrapped = Object.assign(new Error('An error occurred'), { previous: pcscFailure('x', 0x80100069) });
    expect(pcscCode(wrapped)).toBe(0x80100069);
    expect(pcscCode(new Error('Card Reader not connected'))).toBeUndefined();
    expect(pcscCode(undefined)).toBeUndefined();
  });
  test.each([
    [0x8010000b, 'key-busy'],
    [0x8010000c, 'key-removed'],
    [0x80100009, 'key-removed'],
    [0x8010001d, 'pcscd-not-running'],
    [0x8010006a, 'pcscd-access-denied'],
    [0x8010000f, 'unsupported'],
    [0x80100066, 'transport-failed'],
    [0x80100001, 'transport-failed'],
  ])('connecting: %i is %s', (code, name) => {
    expect(connectError(pcscFailure('SCardConnect', code))).toMatchObject({ code: name });
  });
  test.each([
    [0x80100069, 'key-removed', 'FidoError'],
    [0x80100016, 'key-removed', 'FidoError'],
    [0x80100068, 'transport-failed', 'CardResetError'],
    [0x80100008, 'malformed-response', 'FidoError'],
    [0x8010001d, 'transport-failed', 'FidoError'],
  ])('transmitting: %i is %s (%s)', (code, name, type) => {
    expect(transmitError(pcscFailure('SCardTransmit', code))).toMatchObject({ code: name, name: type });
  });
});

describe('loading', () => {
  const dlopen = (message: string) => Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
  test.each([
    [
      Object.assign(new Error("Cannot find package 'nfc-pcsc'"), { code: 'ERR_MODULE_NOT_FOUND' }),
      /not installed/,
      /npm install/,
    ],
    [new Error('Could not locate the bindings file. Tried:'), /not built/, /libpcsclite-dev.*npm rebuild/],
    [dlopen('was compiled against NODE_MODULE_VERSION 115'), /another version of Node/, /npm rebuild/],
    [
      dlopen('libpcsclite.so.1: cannot open shared object file'),
      /libpcsclite\.so\.1 is missing/,
      /apt install libpcsclite1/,
    ],
    [dlopen('bad ELF header'), /cannot be loaded/, /npm rebuild/],
  ])('%s', (cause, message, hint) => {
    const error = loadError(cause);
    expect(error.code).toBe('nfc-unavailable');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(error.cause).toBe(cause);
  });
});

describe.skipIf(process.platform === 'win32')("pcscd's socket", () => {
  let server: Server | undefined;
  const path = join(mkdtempSync(join(tmpdir(), 'seckey-')), 'pcscd.comm');
  const serve = (onConnection: (socket: Socket) => void) =>
    new Promise<void>((resolve) => {
      server = createServer(onConnection).listen(path, resolve);
    });
  afterEach(() => server?.close());

  test('a daemon answers, in two pieces', async () => {
    await serve((socket) => {
      socket.once('data', (data) => {
        expect(data.toString('hex')).toBe('0c00000011000000040000000400000000000000');
        socket.write(Buffer.from('04000000', 'hex'));
        setTimeout(() => socket.write(Buffer.from('050000001e001080', 'hex')), 5);
      });
    });
    expect(await probePcscd({ path })).toBe(`4:5:${0x8010001e}`);
  });
  test('it hangs up, or says nothing', async () => {
    await serve((socket) => socket.end());
    await expect(probePcscd({ path })).rejects.toMatchObject({ code: 'pcscd-access-denied' });
    server?.close();
    await serve(() => {});
    await expect(probePcscd({ path, limitMs: 20 })).rejects.toMatchObject({ code: 'transport-failed' });
  });
  test('there is no socket', async () => {
    await expect(probePcscd({ path: `${path}.no` })).rejects.toMatchObject({
      code: 'pcscd-not-running',
      hint: expect.stringContaining('pcscd'),
    });
  });
});

describe('the service', () => {
  const refusals: [number, string][] = [
    [0x8010001d, 'pcscd-not-running'],
    [0x8010006a, 'pcscd-access-denied'],
    [0x8010001e, process.platform === 'linux' ? 'nfc-unavailable' : 'pcscd-not-running'],
  ];
  test.each(refusals)('%i when first asked: %s, and never the call that spins', async (code, name) => {
    const fake = new FakePcsc();
    fake.serviceError = code;
    await expect(open(fake)).rejects.toMatchObject({ code: name });
    expect(fake).toMatchObject({ spins: 0, threads: 0 });
  });
  test('nothing is loaded where the socket has nobody behind it', async () => {
    let loaded = false;
    const load = async () => {
      loaded = true;
      return nfcPcsc(new FakePcsc().binding());
    };
    const probe = () => probePcscd({ path: '/nowhere/pcscd.comm' });
    await expect(openPcsc({ load, probe })).rejects.toMatchObject({ code: 'pcscd-not-running' });
    expect(loaded).toBe(false);
  });
  test('another daemon later on is asked again', async () => {
    const fake = new FakePcsc();
    let dialect = '4:4:0';
    const pcsc = await open(fake, async () => dialect);
    await pcsc.readers();
    fake.stop();
    await turns();
    dialect = '4:5:0';
    fake.serviceError = 0x8010001e;
    await expect(pcsc.readers()).rejects.toBeDefined();
    fake.serviceError = undefined;
    expect(await pcsc.readers()).toEqual([]);
    pcsc.close();
    expect(fake).toMatchObject({ spins: 0, threads: 0 });
  });
});

describe('readers', () => {
  test('none: known at once', async () => {
    const fake = new FakePcsc();
    const pcsc = await open(fake);
    expect(await pcsc.readers()).toEqual([]);
    pcsc.close();
    expect(fake.threads).toBe(0);
  });
  test('in the order of their names, with and without a card; no thread is left', async () => {
    const fake = new FakePcsc();
    fake.insert('B');
    fake.insert('A', () => '9000');
    const pcsc = await open(fake);
    const readers = await pcsc.readers();
    expect(readers.map(({ name, cardPresent }) => [name, cardPresent])).toEqual([
      ['A', true],
      ['B', false],
    ]);
    // Looking again takes nothing from pcscd, which grants 200 contexts in all.
    const threads = fake.threads;
    for (let i = 0; i < 5; i++) await pcsc.readers();
    expect(fake.threads).toBe(threads);
    pcsc.close();
    await turns();
    expect(fake.threads).toBe(0);
    expect(fake.calls).toEqual(['connect --------']);
  });
});

describe('watching', () => {
  test('a reader, a card in, a card out, a change too quick to see', async () => {
    const fake = new FakePcsc();
    const seen: unknown[] = [];
    const pcsc = await open(fake);
    const stop = pcsc.watch((readers) => seen.push(readers?.map((reader) => reader.cardPresent)));
    await turns();
    fake.insert('A');
    await turns();
    fake.insert('A', () => '9000');
    await turns();
    fake.insert('A', () => '9000');
    await turns();
    fake.insert('A');
    await turns();
    stop();
    pcsc.close();
    expect(seen.filter((value, i) => i === 0 || JSON.stringify(value) !== JSON.stringify(seen[i - 1]))).toEqual([
      [],
      [false],
      [true],
      [false],
    ]);
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(fake.threads).toBe(0);
  });
  test('the service goes and comes back', async () => {
    const fake = new FakePcsc();
    const probe = async () => {
      if (fake.serviceError !== undefined) throw connectError(pcscFailure('x', fake.serviceError));
      return '4:4:0';
    };
    const seen: unknown[] = [];
    const pcsc = await open(fake, probe);
    const stop = pcsc.watch((readers) => seen.push(readers?.length));
    await turns();
    fake.stop();
    await new Promise((resolve) => setTimeout(resolve, 80));
    fake.serviceError = undefined;
    fake.insert('A');
    await new Promise((resolve) => setTimeout(resolve, 80));
    stop();
    pcsc.close();
    expect(seen[0]).toBe(0);
    expect(seen).toContain(undefined);
    expect(seen.filter((count) => count === undefined)).toHaveLength(1);
    expect(seen.at(-1)).toBe(1);
    expect(fake).toMatchObject({ spins: 0, threads: 0 });
  });
});
