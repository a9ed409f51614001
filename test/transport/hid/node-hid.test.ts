import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FidoError } from '../../../src/errors.ts';
import { listFidoInterfaces, loadNodeHid, type NodeHid, openNodeHid } from '../../../src/transport/hid/node-hid.ts';

/** node-hid's HIDAsync as far as it matters. */
class FakeHid extends EventEmitter {
  readonly writes: number[][] = [];
  closes = 0;
  concurrent = 0;
  most = 0;
  onWrite: () => Promise<number> = async () => 65;

  async write(data: Buffer): Promise<number> {
    this.most = Math.max(this.most, ++this.concurrent);
    await new Promise((resolve) => setImmediate(resolve));
    this.writes.push([...data]);
    this.concurrent--;
    return this.onWrite();
  }
  async close(): Promise<void> {
    if (this.closes++ > 0) throw new TypeError('device is already closed');
  }
}

function library(parts: { hid?: FakeHid; open?: () => Promise<never>; devices?: () => Promise<unknown[]> }): NodeHid {
  return {
    setDriverType: () => {},
    devicesAsync: parts.devices ?? (async () => []),
    HIDAsync: { open: parts.open ?? (async () => parts.hid) },
  } as unknown as NodeHid;
}

async function connected() {
  const hid = new FakeHid();
  return { hid, connection: await openNodeHid(library({ hid }), '/dev/hidraw0', 'linux') };
}

async function failure(promise: Promise<unknown>): Promise<FidoError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(FidoError);
  return error;
}

describe('packets', () => {
  test('leave with report id 0, one after the other, in order', async () => {
    const { hid, connection } = await connected();
    await Promise.all([1, 2, 3].map((byte) => connection.write(new Uint8Array(64).fill(byte))));
    expect(hid.writes.map((write) => [write.length, write[0], write[1], write[64]])).toEqual([
      [65, 0, 1, 1],
      [65, 0, 2, 2],
      [65, 0, 3, 3],
    ]);
    expect(hid.most).toBe(1);
  });
  test('arrive as plain bytes', async () => {
    const { hid, connection } = await connected();
    const packets: Uint8Array[] = [];
    connection.onPacket((packet) => packets.push(packet));
    hid.emit('data', Buffer.from('0102'.repeat(32), 'hex'));
    expect(packets[0]).toHaveLength(64);
    expect(Buffer.isBuffer(packets[0])).toBe(false);
  });
  test('a short write is noticed', async () => {
    const { hid, connection } = await connected();
    hid.onWrite = async () => 12;
    expect(await failure(connection.write(new Uint8Array(64)))).toMatchObject({ code: 'transport-failed' });
  });
});

describe('the end', () => {
  test.each([
    'could not read from HID device: hid_read_timeout: unexpected poll error (device disconnected)',
    'could not read from HID device',
  ])('an error event is removal: %s', async (text) => {
    const { hid, connection } = await connected();
    const ends: (FidoError | undefined)[] = [];
    connection.onClosed((error) => ends.push(error));
    hid.emit('error', text);
    hid.emit('error', text);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ code: 'key-removed', cause: text });
    expect(await failure(connection.write(new Uint8Array(64)))).toBe(ends[0]);
    expect(hid.writes).toEqual([]);
  });
  test('before anybody listens it is not lost', async () => {
    const { hid, connection } = await connected();
    hid.emit('error', 'gone');
    let end: FidoError | undefined;
    connection.onClosed((error) => {
      end = error;
    });
    expect(end).toMatchObject({ code: 'key-removed' });
  });
  test.each([
    ['Cannot write to hid device: No such device', 'key-removed', true],
    ['Cannot write to hid device: Input/output error', 'key-removed', true],
    ['Cannot write to hid device: Permission denied', 'access-denied', false],
    ['Cannot write to hid device: Connection timed out', 'no-answer', false],
    ['Cannot write to hid device: Broken pipe', 'transport-failed', false],
  ])('a write that fails: %s', async (text, code, ended) => {
    const { hid, connection } = await connected();
    let ends = 0;
    connection.onClosed(() => ends++);
    hid.onWrite = () => Promise.reject(new Error(text));
    expect(await failure(connection.write(new Uint8Array(64)))).toMatchObject({ code });
    expect(ends).toBe(ended ? 1 : 0);
  });
  test('closing twice closes once, and is no removal', async () => {
    const { hid, connection } = await connected();
    let ends = 0;
    connection.onClosed(() => ends++);
    await connection.close();
    await connection.close();
    hid.emit('error', 'too late');
    expect([hid.closes, ends]).toEqual([1, 0]);
  });
});

describe('opening', () => {
  test.each<[string, NodeJS.Platform, string, string?]>([
    ["Failed to open a device with path '/dev/hidraw0': Permission denied", 'linux', 'access-denied', 'udev'],
    ['open_device: (0x00000005) Zugriff verweigert', 'win32', 'access-denied', 'administrator'],
    [
      'failed to open IOHIDDevice from mach entry: (0xE00002E2) (iokit/common) not permitted',
      'darwin',
      'access-denied',
    ],
    ['failed to open IOHIDDevice from mach entry: (0xE00002C5) exclusive access', 'darwin', 'key-busy'],
    ["Failed to open a device with path '/dev/hidraw0': No such file or directory", 'linux', 'key-removed'],
    ['something else', 'linux', 'transport-failed'],
    [
      'libusb-1.0.so.0: cannot open shared object file: No such file or directory',
      'linux',
      'usb-unavailable',
      'libusb',
    ],
  ])('%s on %s is %s', async (text, platform, code, hint) => {
    const error = await failure(
      openNodeHid(library({ open: () => Promise.reject(new Error(text)) }), '/dev/hidraw0', platform),
    );
    expect(error.code).toBe(code);
    if (hint) expect(error.hint).toContain(hint);
  });
});

describe('listing', () => {
  test('keeps the FIDO usage alone, each node once', async () => {
    const key = { vendorId: 0x1050, productId: 0x407, path: '/dev/hidraw1', usagePage: 0xf1d0, usage: 1, release: 0 };
    const devices = [
      key,
      { ...key },
      { ...key, path: '/dev/hidraw0', usagePage: 1, usage: 6 },
      { ...key, path: '/dev/hidraw2', usage: 2 },
      { ...key, path: undefined },
    ];
    expect((await listFidoInterfaces(library({ devices: async () => devices }))).map(({ path }) => path)).toEqual([
      '/dev/hidraw1',
    ]);
  });
  test.each([
    ['libusb-1.0.so.0: cannot open shared object file: No such file or directory', 'libusb-1.0-0'],
    ['libudev.so.1: cannot open shared object file', 'libudev1'],
    ['No native build was found for platform=linux', 'Install seckey again'],
  ])('a library that does not load is explained: %s', async (text, hint) => {
    const error = await failure(listFidoInterfaces(library({ devices: () => Promise.reject(new Error(text)) })));
    expect(error).toMatchObject({ code: 'usb-unavailable', hint: expect.stringContaining(hint) });
  });
  test('the real library loads and has what is used', async () => {
    const nodeHid = await loadNodeHid();
    expect(typeof nodeHid.HIDAsync.open).toBe('function');
    expect(typeof nodeHid.devicesAsync).toBe('function');
  });
});
