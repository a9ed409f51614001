import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HidBackend, type HidSystem } from '../../../src/transport/hid/backend.ts';
import { type Found, identify, isConstantSerial } from '../../../src/transport/hid/identity.ts';
import type { HidInfo } from '../../../src/transport/hid/node-hid.ts';
import { hidrawFingerprint, whereabouts } from '../../../src/transport/hid/sysfs.ts';
import { FakeHidKey } from '../../support/fake-hid-key.ts';

const YUBIKEY: HidInfo = {
  path: '/dev/hidraw0',
  vendorId: 0x1050,
  productId: 0x407,
  manufacturer: 'Yubico',
  product: 'YubiKey OTP+FIDO+CCID',
  serialNumber: '',
};
const found = (info: Partial<HidInfo>, where: Found['where'] = {}): Found => ({ info: { ...YUBIKEY, ...info }, where });
const idOf = (...keys: Found[]) => identify(keys).map(({ id }) => id);

describe('identities', () => {
  test('ids, names and what the system says', () => {
    expect(identify([found({ serialNumber: 'A1B2' }, { port: '1-1:1.0' })])).toEqual([
      {
        // printf A1B2 | sha256sum
        id: 'usb-1050-0407-b7e9',
        name: 'Yubico YubiKey OTP+FIDO+CCID',
        vendor: 'Yubico',
        vendorId: '1050',
        productId: '0407',
        serial: 'A1B2',
        serialIsUnique: true,
      },
    ]);
  });
  test.each([
    [{ manufacturer: 'Feitian', product: 'FEITIAN BioPass FIDO2' }, 'FEITIAN BioPass FIDO2'],
    [{ manufacturer: ' Nitrokey \0', product: ' 3\0\0' }, 'Nitrokey 3'],
    [{ manufacturer: '', product: 'Virtual key' }, 'Virtual key'],
    [{ manufacturer: 'Solo', product: undefined }, 'Solo'],
    [{ manufacturer: undefined, product: '' }, 'Security key 1050:0407'],
  ])('names: %j', (info, name) => expect(identify([found(info)])[0]?.name).toBe(name));
  test('ids that a library reads as signed', () => {
    expect(identify([found({ vendorId: -1, productId: 0x1f1d0 })])[0]).toMatchObject({
      vendorId: 'ffff',
      productId: 'f1d0',
    });
  });
  test.each(['', '0', '0000000', '1000000000', '0123456789ABCDEF'])('“%s” tells no keys apart', (serial) => {
    expect(isConstantSerial(serial)).toBe(true);
    const [a, b] = [
      found({ serialNumber: serial }, { port: '1-1:1.0' }),
      found({ serialNumber: serial }, { port: '2-1:1.0' }),
    ];
    expect(idOf(a)).not.toEqual(idOf(b));
    if (serial) expect(identify([a])[0]).toMatchObject({ serial, serialIsUnique: false });
  });
  test.each([
    ['TrustKey, all alike', { vendorId: 0x311f, productId: 0xa7f9, serialNumber: 'A00000000017' }],
    ['eWBM, the same as OctatcO', { vendorId: 0x311f, productId: 0x5c2f, serialNumber: 'A00000000000' }],
    ['a maker whom nobody knows', { vendorId: 0x1209, productId: 0xf1d0, serialNumber: '4711' }],
    ['another product with the vendor id of the chip', { vendorId: 0x0483, productId: 0x5740, serialNumber: '4711' }],
  ])('an iSerial that nobody knows to be unique is a part of the model: %s', (_, ids) => {
    const [a, b] = [found(ids, { port: '1-1:1.0' }), found(ids, { port: '2-1:1.0' })];
    expect(identify([a])[0]).toMatchObject({ serial: ids.serialNumber, serialIsUnique: false });
    // Another one in another port is not the same id.
    expect(idOf(a)).not.toEqual(idOf(b));
  });
  test.each([
    ['Solo', { vendorId: 0x0483, productId: 0xa2ca }],
    ['Nitrokey FIDO2', { vendorId: 0x20a0, productId: 0x42b1 }],
    ['ATKey.Pro', { vendorId: 0x31bb, productId: 0x0622 }],
  ])('%s is known for numbers of its own', (_, ids) => {
    expect(identify([found({ ...ids, serialNumber: '205137A7414B' })])[0]).toMatchObject({ serialIsUnique: true });
  });
  test('the serial counts more than the port, the port more than HID_PHYS, that more than the path', () => {
    const [id] = idOf(found({ serialNumber: 'S', path: '/dev/hidraw0' }, { port: '1-1:1.0' }));
    expect(idOf(found({ serialNumber: 'S', path: '/dev/hidraw5' }, { port: '3-2:1.0' }))).toEqual([id]);
    const [byPort] = idOf(found({ path: '/dev/hidraw0' }, { port: '1-1:1.0', phys: 'a' }));
    expect(idOf(found({ path: '/dev/hidraw1' }, { port: '1-1:1.0', phys: 'b' }))).toEqual([byPort]);
    const [byPhys] = idOf(found({ path: '/dev/hidraw0' }, { phys: 'virtual/0' }));
    expect(idOf(found({ path: '/dev/hidraw1' }, { phys: 'virtual/0' }))).toEqual([byPhys]);
    expect(idOf(found({ path: '/dev/hidraw0' }))).not.toEqual(idOf(found({ path: '/dev/hidraw1' })));
  });
  test('two keys with one serial prove that it is not unique', () => {
    const twins = [
      found({ serialNumber: 'S' }, { port: '1-1:1.0' }),
      found({ serialNumber: 'S' }, { port: '1-2:1.0' }),
    ];
    expect(identify(twins).map(({ serialIsUnique }) => serialIsUnique)).toEqual([false, false]);
    expect(new Set(idOf(...twins)).size).toBe(2);
  });
  test('ids differ from each other, however many keys there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 20 }), (first) => {
        // Four hex digits collide soon among 600.
        const keys = Array.from({ length: 600 }, (_, i) => found({ serialNumber: `S${first + i}` }));
        expect(new Set(idOf(...keys)).size).toBe(600);
      }),
      { numRuns: 5 },
    );
  });
});

describe('sysfs', () => {
  let root: string;
  const sysfs = () => join(root, 'class/hidraw');
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'seckey-sysfs-'));
    await mkdir(sysfs(), { recursive: true });
    await mkdir(join(root, 'dev'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function plug(name: string, parent: string, uevent = '') {
    const device = join(root, 'devices', parent);
    await mkdir(join(device, 'hidraw', name), { recursive: true });
    await writeFile(join(device, 'uevent'), uevent);
    await symlink('../..', join(device, 'hidraw', name, 'device'));
    await symlink(join(device, 'hidraw', name), join(sysfs(), name));
  }

  test('the USB port, behind hubs too', async () => {
    await plug('hidraw3', 'pci0000:00/usb1/1-1/1-1.4/1-1.4:1.1/0003:1050:0407.0002', 'HID_PHYS=usb-1.4/input1\n');
    expect(await whereabouts('/dev/hidraw3', sysfs())).toEqual({
      port: '1-1.4:1.1',
      arrival: '0003:1050:0407.0002',
      phys: 'usb-1.4/input1',
    });
  });
  test('a virtual device has none, and may say where it is', async () => {
    await plug('hidraw0', 'virtual/misc/uhid/0003:1209:F1D0.0001', 'HID_NAME=x\nHID_PHYS=seckey/0\nHID_UNIQ=\n');
    await plug('hidraw1', 'virtual/misc/uhid/0003:1209:F1D0.0002', 'HID_NAME=x\nHID_PHYS=\nHID_UNIQ=\n');
    expect(await whereabouts('/dev/hidraw0', sysfs())).toEqual({ arrival: '0003:1209:F1D0.0001', phys: 'seckey/0' });
    expect(await whereabouts('/dev/hidraw1', sysfs())).toEqual({ arrival: '0003:1209:F1D0.0002' });
    expect(await whereabouts('/dev/hidraw9', sysfs())).toEqual({});
  });
  test('the fingerprint shows coming, going, replacing and access', async () => {
    const take = () => hidrawFingerprint(sysfs(), join(root, 'dev'));
    const seen = [await take()];
    await plug('hidraw0', 'usb1/1-1/1-1:1.0/0003:1050:0407.0001');
    seen.push(await take());
    expect(await take()).toBe(seen.at(-1));
    await writeFile(join(root, 'dev/hidraw0'), '', { mode: 0o600 });
    seen.push(await take());
    await rm(join(sysfs(), 'hidraw0'));
    await plug('hidraw0', 'usb1/1-1/1-1:1.0/0003:1050:0407.0002');
    seen.push(await take());
    await rm(join(sysfs(), 'hidraw0'));
    expect(await take()).toBe(seen[0]);
    expect(new Set(seen).size).toBe(4);
    expect(await hidrawFingerprint(join(root, 'absent'))).toBe('');
  });
});

function system(parts: Partial<HidSystem> = {}): HidSystem {
  return {
    list: async () => [YUBIKEY],
    connect: async () => new FakeHidKey(),
    whereabouts: async () => ({ port: '1-1:1.0' }),
    fingerprint: async () => '',
    ...parts,
  };
}

describe('the backend', () => {
  test('lists keys that open', async () => {
    const paths: string[] = [];
    const backend = new HidBackend(
      system({
        connect: async (path) => {
          paths.push(path);
          return new FakeHidKey();
        },
      }),
    );
    const [key] = await backend.list();
    expect(key).toMatchObject({ transport: 'usb', path: '/dev/hidraw0', port: '1-1:1.0', vendorId: '1050' });
    expect(key).not.toHaveProperty('serial');
    const device = await key?.open();
    expect(device?.vendor?.readSerial).toBeDefined();
    expect(paths).toEqual(['/dev/hidraw0']);
    await device?.close();
  });
  test('watching: changes alone, failures are none, stopping ends it', async () => {
    const answers = ['a', 'a', new Error('passing'), 'a', 'b', 'b', 'c'];
    let polls = 0;
    const backend = new HidBackend(
      system({
        fingerprint: async () => {
          const answer = answers[Math.min(polls++, answers.length - 1)] as string | Error;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      }),
      { pollMs: 1 },
    );
    let changes = 0;
    const stop = backend.watch(() => changes++);
    await vi.waitFor(() => expect(polls).toBeGreaterThan(answers.length + 2));
    expect(changes).toBe(2);
    stop();
    const after = polls;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(polls).toBeLessThanOrEqual(after + 1);
    backend.watch(() => {});
    await backend.close();
    const closed = polls;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(polls).toBeLessThanOrEqual(closed + 1);
  });
});
