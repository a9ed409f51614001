import { describe, expect, test } from 'vitest';
import { FidoError } from '../../src/errors.ts';
import type { Backend } from '../../src/transport/backend.ts';
import type { DiscoveredKey, Transport } from '../../src/transport/device.ts';
import { Discovery } from '../../src/transport/discover.ts';

class FakeBackend implements Backend {
  readonly transport: Transport;
  watchers = new Set<() => void>();
  closes = 0;
  list: () => Promise<DiscoveredKey[]>;
  constructor(transport: Transport, list?: () => Promise<DiscoveredKey[]>) {
    this.transport = transport;
    this.list = list ?? (async () => [key(transport)]);
  }
  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }
  async close(): Promise<void> {
    this.closes++;
  }
}

function key(transport: Transport): DiscoveredKey {
  return { id: `${transport}-1`, transport, name: 'key', open: () => Promise.reject(new Error('not here')) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('listing', () => {
  test('both transports, at the same time, USB first', async () => {
    let arrived = 0;
    let release: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const list = (transport: Transport) => async () => {
      if (++arrived === 2) release();
      await both;
      return [key(transport)];
    };
    const discovery = new Discovery({
      transports: ['usb', 'nfc', 'usb'],
      backends: {
        nfc: async () => new FakeBackend('nfc', list('nfc')),
        usb: async () => new FakeBackend('usb', list('usb')),
      },
    });
    const { keys, failures } = await discovery.list();
    expect(keys.map(({ id }) => id)).toEqual(['usb-1', 'nfc-1']);
    expect(failures).toEqual([]);
  });
  test('one that fails does not hide the other, and is tried again', async () => {
    let running = false;
    const discovery = new Discovery({
      backends: {
        usb: async () => new FakeBackend('usb', () => Promise.reject(new TypeError('bug'))),
        nfc: async () => {
          if (!running) throw new FidoError('pcscd-not-running', 'pcscd is not running');
          return new FakeBackend('nfc');
        },
      },
    });
    const first = await discovery.list();
    expect(first.keys).toEqual([]);
    expect(first.failures).toMatchObject([
      { transport: 'usb', error: { code: 'usb-unavailable', cause: new TypeError('bug') } },
      { transport: 'nfc', error: { code: 'pcscd-not-running' } },
    ]);
    running = true;
    const second = await discovery.list();
    expect(second.keys.map(({ id }) => id)).toEqual(['nfc-1']);
    expect(second.failures).toHaveLength(1);
  });
  test('a transport that is not asked for is not opened', async () => {
    let opened = 0;
    const discovery = new Discovery({
      transports: ['usb'],
      backends: {
        usb: async () => {
          opened++;
          return new FakeBackend('usb');
        },
        nfc: () => Promise.reject(new Error('opened')),
      },
    });
    await discovery.list();
    await discovery.list();
    expect(opened).toBe(1);
  });
  test('the real backends open or say why not', async () => {
    const discovery = new Discovery();
    const { failures } = await discovery.list();
    for (const { error } of failures) expect(error).toBeInstanceOf(FidoError);
    await discovery.close();
  });
});

describe('watching', () => {
  test('all that work; stopping and closing end it', async () => {
    const usb = new FakeBackend('usb');
    const discovery = new Discovery({
      backends: { usb: async () => usb, nfc: () => Promise.reject(new FidoError('nfc-unavailable', 'none')) },
    });
    let changes = 0;
    const stop = discovery.watch(() => changes++);
    await settled();
    for (const changed of usb.watchers) changed();
    expect(changes).toBe(1);
    stop();
    expect(usb.watchers.size).toBe(0);
    discovery.watch(() => {});
    await settled();
    await discovery.close();
    expect([usb.watchers.size, usb.closes]).toEqual([0, 1]);
    await expect(discovery.list()).rejects.toThrow('closed');
  });
  test('stopped before its backend is there, it never begins', async () => {
    const usb = new FakeBackend('usb');
    const discovery = new Discovery({ transports: ['usb'], backends: { usb: async () => usb } });
    discovery.watch(() => {})();
    await settled();
    expect(usb.watchers.size).toBe(0);
  });
});
