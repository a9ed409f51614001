/** Which PC/SC library is at work, and that the second one does what the first does. */
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FidoError } from '../../../src/errors.ts';
import { NfcBackend } from '../../../src/transport/nfc/backend.ts';
import { loadPcscLibrary, namedPcscLibrary } from '../../../src/transport/nfc/load-pcsc-library.ts';
import { openPcsc } from '../../../src/transport/nfc/pcsc.ts';
import { loadError } from '../../../src/transport/nfc/pcsc-binding.ts';
import type { PcscLibrary } from '../../../src/transport/nfc/pcsc-library.ts';
import { type PcscMini, pcscMini } from '../../../src/transport/nfc/pcsc-mini-library.ts';

const library = (name: PcscLibrary['name']) => ({ name }) as PcscLibrary;
const dlopen = (message: string) => Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
const failing = (cause: unknown) => async () => {
  throw loadError(cause);
};
const NOT_BUILT = new Error('Could not locate the bindings file. Tried:');
const NO_LIBRARY = dlopen('libpcsclite.so.1: cannot open shared object file');

describe('which library', () => {
  const both = {
    'nfc-pcsc': async () => library('nfc-pcsc'),
    'pcsc-mini': async () => library('pcsc-mini'),
  };
  test('nfc-pcsc where it is built', async () => {
    expect(await loadPcscLibrary(undefined, both)).toMatchObject({ name: 'nfc-pcsc' });
  });
  test.each([NOT_BUILT, dlopen('was compiled against NODE_MODULE_VERSION 115')])(
    'pcsc-mini where not: %s',
    async (e) => {
      expect(await loadPcscLibrary(undefined, { ...both, 'nfc-pcsc': failing(e) })).toMatchObject({
        name: 'pcsc-mini',
      });
    },
  );
  test('the one that is named, or its failure', async () => {
    expect(await loadPcscLibrary('pcsc-mini', both)).toMatchObject({ name: 'pcsc-mini' });
    await expect(loadPcscLibrary('nfc-pcsc', { ...both, 'nfc-pcsc': failing(NOT_BUILT) })).rejects.toMatchObject({
      code: 'nfc-unavailable',
      message: expect.stringContaining('not built'),
    });
  });
  test('neither: what is least to mend', async () => {
    const none = { 'nfc-pcsc': failing(NOT_BUILT), 'pcsc-mini': failing(NO_LIBRARY) };
    await expect(loadPcscLibrary(undefined, none)).rejects.toMatchObject({
      hint: expect.stringContaining('apt install libpcsclite1'),
    });
    const absent = { ...none, 'pcsc-mini': failing(new Error('no such package')) };
    await expect(loadPcscLibrary(undefined, absent)).rejects.toMatchObject({ cause: NOT_BUILT });
  });
  test('SECKEY_PCSC names one, or is a usage error', () => {
    expect(namedPcscLibrary('')).toBeUndefined();
    expect(namedPcscLibrary('pcsc-mini')).toBe('pcsc-mini');
    expect(() => namedPcscLibrary('smartcard')).toThrowError(
      expect.objectContaining({ code: 'usage', hint: 'Set it to nfc-pcsc or pcsc-mini, or do not set it.' }),
    );
  });
});

const named = (code: string) => Object.assign(new Error('Async task error'), { code });
const PRESENT = 0x20;

/** pcsc-mini as far as seckey uses it: its first readers, and what goes wrong. */
class FakeMini {
  readers: string[] = ['A 00'];
  serviceError: string | undefined;
  connectErrors: string[] = [];
  transmit: (apdu: Uint8Array) => Promise<Uint8Array> = async () => Uint8Array.of(0x90, 0);
  readonly calls: string[] = [];
  client: (EventEmitter & { states: Map<string, EventEmitter> }) | undefined;

  library(count: () => Promise<number | undefined>): PcscLibrary {
    const fake = this;
    class Client extends EventEmitter {
      readonly states = new Map<string, EventEmitter>();
      start() {
        if (fake.serviceError) throw named(fake.serviceError);
        fake.client = this;
        fake.calls.push('start');
        setImmediate(() => {
          for (const name of fake.readers.slice(0, 4)) this.change(name, 0x10000 + PRESENT);
        });
      }
      change(name: string, raw: number) {
        const reader =
          this.states.get(name) ??
          Object.assign(new EventEmitter(), {
            name: () => name,
            connect: async () => {
              const error = fake.connectErrors.shift();
              if (error) throw named(error);
              return {
                transmit: async (apdu: Uint8Array, room: ArrayBuffer) => {
                  const view = new Uint8Array(room);
                  const answer = await fake.transmit(apdu);
                  view.set(answer);
                  return view.subarray(0, answer.length);
                },
                reconnect: async () => void fake.calls.push('reconnect'),
                disconnect: async () => void fake.calls.push('disconnect'),
              };
            },
          });
        if (!this.states.has(name)) this.emit('reader', reader);
        this.states.set(name, reader);
        reader.emit('change', { raw }, new Uint8Array(0));
      }
      reader = (name: string) => this.states.get(name);
      stop() {
        fake.calls.push('stop');
      }
    }
    const mini = {
      Client,
      MAX_READERS: 4,
      CardMode: { EXCLUSIVE: 1 },
      CardDisposition: { LEAVE: 0 },
      ReaderStatus: { PRESENT },
    };
    return pcscMini(mini as unknown as PcscMini, count);
  }
}

const open = (fake: FakeMini, count: number | undefined = fake.readers.length) =>
  openPcsc({ load: async () => fake.library(async () => count), probe: async () => '4:4:0', retryMs: 20 });

describe('pcsc-mini', () => {
  test('readers, in order, once all that the service counts have spoken', async () => {
    const fake = new FakeMini();
    fake.readers = ['B 00', 'A 00'];
    const pcsc = await open(fake);
    expect(await pcsc.readers()).toEqual([
      { name: 'A 00', cardPresent: true, event: 0x10000 },
      { name: 'B 00', cardPresent: true, event: 0x10000 },
    ]);
    pcsc.close();
    expect(fake.calls).toEqual(['start', 'stop']);
  });
  test.each([[0], [undefined]])('no reader at all (the service counts %s)', async (count) => {
    const fake = new FakeMini();
    fake.readers = [];
    const pcsc = await open(fake, count);
    expect(await pcsc.readers()).toEqual([]);
    pcsc.close();
  });
  test('more than it can see: four, and whoever lists is told', async () => {
    const fake = new FakeMini();
    fake.readers = ['1', '2', '3', '4', '5', '6'];
    fake.transmit = async () => Uint8Array.of(0x6a, 0x82);
    const backend = new NfcBackend(await open(fake));
    await backend.list();
    expect(backend.readerLimit).toEqual({ library: 'pcsc-mini', maxReaders: 4 });
    await backend.close();
  });
  test('a card that comes and goes', async () => {
    const fake = new FakeMini();
    const pcsc = await open(fake);
    const seen: (boolean | undefined)[] = [];
    pcsc.watch((readers) => seen.push(readers?.[0]?.cardPresent));
    await expect.poll(() => seen).toEqual([true]);
    const reader = fake.client?.states.get('A 00');
    reader?.emit('change', { raw: 0x20010 }, new Uint8Array(0));
    await expect.poll(() => seen).toEqual([true, false]);
    // Nothing new.
    reader?.emit('change', { raw: 0x20010 }, new Uint8Array(0));
    await new Promise((resolve) => setImmediate(resolve));
    reader?.emit('change', { raw: 0x30020 }, new Uint8Array(0));
    await expect.poll(() => seen).toEqual([true, false, true]);
    reader?.emit('disconnect');
    await expect.poll(() => seen).toEqual([true, false, true, undefined]);
    pcsc.close();
  });
  test('the service is away, refuses, or is of another version', async () => {
    for (const [error, code] of [
      ['NoService', 'pcscd-not-running'],
      ['SecurityViolation', 'pcscd-access-denied'],
      ['ServiceStopped', process.platform === 'linux' ? 'nfc-unavailable' : 'pcscd-not-running'],
    ] as const) {
      const fake = new FakeMini();
      fake.serviceError = error;
      await expect(open(fake)).rejects.toMatchObject({ code });
    }
  });
  test('the service goes, and comes back', async () => {
    const fake = new FakeMini();
    const pcsc = await open(fake);
    const seen: (number | undefined)[] = [];
    const stop = pcsc.watch((readers) => seen.push(readers?.length));
    await expect.poll(() => seen).toEqual([1]);
    fake.client?.emit('error', named('NoService'));
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual([1, undefined, 1]);
    stop();
    pcsc.close();
  });
  test('a card is taken, answers, and is let go', async () => {
    const fake = new FakeMini();
    fake.connectErrors = ['SharingViolation'];
    const pcsc = await open(fake);
    await pcsc.readers();
    const card = await pcsc.connect('A 00');
    const first = await card.transmit(Uint8Array.of(1));
    fake.transmit = async () => Uint8Array.of(1, 2, 3);
    expect(await card.transmit(Uint8Array.of(1))).toEqual(Uint8Array.of(1, 2, 3));
    // Its buffer is used again.
    expect(first).toEqual(Uint8Array.of(0x90, 0));
    await card.reconnect();
    await card.close();
    await card.close();
    expect(fake.calls).toEqual(['start', 'reconnect', 'disconnect']);
    pcsc.close();
  });
  test.each([
    ['SharingViolation', 'key-busy'],
    ['NoSmartCard', 'key-removed'],
    ['UnresponsiveCard', 'transport-failed'],
    ['SomethingNew', 'transport-failed'],
  ])('connecting: %s is %s', async (error, code) => {
    const fake = new FakeMini();
    fake.connectErrors = Array(4).fill(error);
    const pcsc = await open(fake);
    await pcsc.readers();
    await expect(pcsc.connect('A 00')).rejects.toMatchObject({ code });
    await expect(pcsc.connect('Z 00')).rejects.toMatchObject({ code: 'key-removed' });
    pcsc.close();
  });
  test.each([
    ['ResetCard', 'CardResetError'],
    ['RemovedCard', 'FidoError'],
    ['SomethingNew', 'FidoError'],
  ])('transmitting: %s is a %s', async (error, name) => {
    const fake = new FakeMini();
    fake.transmit = async () => {
      throw named(error);
    };
    const pcsc = await open(fake);
    await pcsc.readers();
    const card = await pcsc.connect('A 00');
    const failure = await card.transmit(Uint8Array.of(1)).catch((e) => e);
    expect(failure).toBeInstanceOf(FidoError);
    expect(failure.name).toBe(name);
    pcsc.close();
  });
});
