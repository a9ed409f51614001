import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { gatherFacts } from '../../src/doctor/gather-facts.ts';
import { type System, thisSystem } from '../../src/doctor/system.ts';
import { FidoError } from '../../src/errors.ts';
import { HidBackend } from '../../src/transport/hid/backend.ts';
import { CAPABILITY } from '../../src/transport/hid/framing.ts';
import { udevRules } from '../../src/transport/hid/udev-rules.ts';
import { nfcPcsc } from '../../src/transport/nfc/nfc-pcsc-library.ts';
import { openPcsc } from '../../src/transport/nfc/pcsc.ts';
import { probePcscd } from '../../src/transport/nfc/pcscd-socket.ts';
import { FakeHidKey } from '../support/fake-hid-key.ts';
import { FakePcsc } from '../support/fake-pcsc.ts';

type Files = Record<string, string>;

/** A system made of files; directories are what is before their slashes. */
function systemOf(files: Files, more: Partial<System> = {}): System {
  const names = Object.keys(files);
  return {
    platform: 'linux',
    environment: {},
    pid: 1,
    userName: 'alice',
    uid: 1000,
    groupIds: [1000],
    readFile: async (path) => files[path],
    readBytes: async (path) => files[path],
    readDirectory: async (path) => [
      ...new Set(
        names.filter((name) => name.startsWith(`${path}/`)).map((n) => n.slice(path.length + 1).split('/')[0]!),
      ),
    ],
    readLink: async (path) => files[path],
    status: async (path) =>
      names.some((name) => name === path || name.startsWith(`${path}/`))
        ? { mode: 0o20600, uid: 0, gid: 46 }
        : undefined,
    run: async () => undefined,
    openUsb: async () => hid([]),
    loadNfcBinding: async () => undefined,
    probeNfcService: async () => {},
    openNfc: () => pcscOf(new FakePcsc()),
    ...more,
  };
}

const hid = (paths: string[], connect: (path: string) => Promise<FakeHidKey> = async () => new FakeHidKey()) =>
  new HidBackend({
    list: async () => paths.map((path) => ({ path, vendorId: 0x1209, productId: 1, product: 'Key' })),
    connect,
    whereabouts: async () => ({}),
    fingerprint: async () => '',
  });
const pcscOf = (fake: FakePcsc) => openPcsc({ load: async () => nfcPcsc(fake.binding()), probe: async () => '4:4:0' });

const FIDO_DESCRIPTOR = '\x06\xd0\xf1\x09\x01\xa1\x01';
const KEY_FILES: Files = {
  '/sys/class/hidraw/hidraw3/device/report_descriptor': FIDO_DESCRIPTOR,
  '/sys/class/hidraw/hidraw3/device/uevent': 'HID_NAME=Maker Key\n',
  '/dev/hidraw3': '',
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
  '/etc/group': 'root:x:0:\nplugdev:x:46:\nalice:x:1000:\n',
};

describe('what Linux tells', () => {
  test('hidraw nodes with the FIDO usage, and whose they are', async () => {
    const mouse = { '/sys/class/hidraw/hidraw0/device/report_descriptor': '\x05\x01\x09\x02' };
    const { usb, user } = await gatherFacts(systemOf({ ...KEY_FILES, ...mouse }));
    expect(usb?.linux?.nodes).toEqual([
      { path: '/dev/hidraw3', name: 'Maker Key', file: { mode: 0o20600, owner: 'root', group: 'plugdev' } },
    ]);
    expect(usb?.linux?.hidraw).toBe(true);
    expect(user).toEqual({ name: 'alice', administrator: false, groups: ['alice'] });
  });

  test('a node that was not made', async () => {
    const { '/dev/hidraw3': _, ...files } = KEY_FILES;
    expect((await gatherFacts(systemOf(files))).usb?.linux?.nodes).toEqual([
      { path: '/dev/hidraw3', name: 'Maker Key' },
    ]);
  });

  test.each<[boolean, string, Files]>([
    [false, 'none', {}],
    [
      true,
      'as systemd has them',
      {
        '/usr/lib/udev/rules.d/60-fido-id.rules': 'SUBSYSTEM=="hidraw", IMPORT{program}="fido_id"\n',
        '/usr/lib/udev/rules.d/70-uaccess.rules': 'ENV{ID_SECURITY_TOKEN}=="?*", TAG+="uaccess"\n',
      },
    ],
    [
      false,
      'half of what systemd has',
      { '/usr/lib/udev/rules.d/70-uaccess.rules': 'ENV{ID_SECURITY_TOKEN}=="?*", TAG+="uaccess"\n' },
    ],
    [
      true,
      'of libfido2',
      {
        '/lib/udev/rules.d/70-u2f.rules':
          'ACTION!="add|change", GOTO="u2f_end"\nKERNEL=="hidraw*", ATTRS{idVendor}=="1050", TAG+="uaccess"\nLABEL="u2f_end"\n',
      },
    ],
    [
      false,
      'commented out',
      { '/etc/udev/rules.d/7.rules': '#KERNEL=="hidraw*", ATTRS{idVendor}=="1050", MODE="0660"\n' },
    ],
    [
      false,
      'for a game controller',
      {
        '/lib/udev/rules.d/60-steam.rules': 'KERNEL=="hidraw*", ATTRS{idVendor}=="28de", MODE="0660", TAG+="uaccess"\n',
      },
    ],
    [true, 'of seckey itself', { '/etc/udev/rules.d/70-seckey.rules': udevRules() }],
  ])('%s: udev rules %s', async (expected, _, files) => {
    expect((await gatherFacts(systemOf(files))).usb?.linux?.udevRule).toBe(expected);
  });

  test('USB devices, and which are readers', async () => {
    const at = '/sys/bus/usb/devices';
    const files = {
      [`${at}/1-2/idVendor`]: '1050\n',
      [`${at}/1-2/idProduct`]: '0404\n',
      [`${at}/1-2/manufacturer`]: 'Yubico\n',
      [`${at}/1-2/product`]: 'YubiKey CCID\n',
      [`${at}/1-2:1.0/bInterfaceClass`]: '0b\n',
      [`${at}/usb1/idVendor`]: '1d6b\n',
    };
    const facts = await gatherFacts(systemOf(files));
    expect(facts.usb?.linux?.devices).toEqual([
      { name: 'Yubico YubiKey CCID', vendorId: '1050', productId: '0404', smartCard: true },
    ]);
    expect(diagnose(facts).map(({ id }) => id)).toContain('reader-not-recognised');
  });

  test.each<[Files, object]>([
    [{}, {}],
    [{ '/.dockerenv': '' }, { container: 'docker' }],
    [{ '/run/systemd/container': 'lxc\n' }, { container: 'lxc' }],
    [{ '/proc/version': 'Linux 5.15 microsoft-standard-WSL2', '/proc/cpuinfo': 'flags : hypervisor' }, { wsl: true }],
    [{ '/sys/class/dmi/id/sys_vendor': 'innotek GmbH' }, { virtualMachine: 'VirtualBox' }],
    [{ '/proc/cpuinfo': 'flags\t\t: fpu hypervisor lm' }, { virtualMachine: 'of unknown kind' }],
  ])('surroundings %j', async (files, expected) => {
    expect((await gatherFacts(systemOf(files))).surroundings).toEqual(expected);
  });

  test.each([
    ['ID=ubuntu\nID_LIKE=debian', 'debian'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'fedora'],
    ['ID=manjaro\nID_LIKE=arch', 'arch'],
    ['ID=nixos', undefined],
  ])('%j is %s', async (text, expected) => {
    expect((await gatherFacts(systemOf({ '/etc/os-release': text }))).distribution).toBe(expected);
  });
});

describe('Windows', () => {
  test.each([
    ['Mandatory Label\\High Mandatory Level Label S-1-16-12288', true],
    ['Mandatory Label\\Medium Mandatory Level Label S-1-16-8192', false],
  ])('%s', async (groups, administrator) => {
    const system = systemOf({}, { platform: 'win32', uid: undefined, run: async () => groups });
    expect((await gatherFacts(system)).user.administrator).toBe(administrator);
  });
});

describe('keys', () => {
  test('one that answers, one that speaks only U2F, one that is refused', async () => {
    const connect = async (path: string) => {
      if (path === 'c') throw new FidoError('access-denied', 'no');
      const key = new FakeHidKey();
      if (path === 'b') key.capabilities = CAPABILITY.WINK;
      return key;
    };
    const { usb } = await gatherFacts(systemOf({}, { openUsb: async () => hid(['a', 'b', 'c'], connect) }));
    expect(usb?.keys.map(({ outcome }) => outcome)).toEqual(['works', 'u2f-only', 'failed']);
  });

  const cards = async (fake: FakePcsc, files: Files = {}) =>
    (await gatherFacts(systemOf(files, { openNfc: () => pcscOf(fake) }))).nfc;

  test('cards: FIDO2, U2F alone, no key at all', async () => {
    const fake = new FakePcsc();
    fake.insert('A', (apdu) => (apdu.startsWith('00a404') ? '4649444f5f325f309000' : '00a09000'));
    fake.insert('B', (apdu) => (apdu.startsWith('00a404') ? '5532465f56329000' : '6d00'));
    fake.insert('C', () => '6a82');
    fake.insert('D');
    const nfc = await cards(fake);
    expect(nfc?.keys.map(({ outcome }) => outcome)).toEqual(['works', 'u2f-only', 'not-fido']);
    expect(nfc?.readers?.map(({ cardPresent }) => cardPresent)).toEqual([true, true, true, false]);
    expect(fake.threads).toBe(0);
  });

  test('a card that is held: by whom', async () => {
    const fake = new FakePcsc();
    fake.insert('A', () => '9000').connectError = 0x8010000b;
    const files = {
      '/proc/7/comm': 'python3\n',
      '/proc/7/maps': '7f00 r-xp /usr/lib/libpcsclite.so.1.0.0\n',
      '/proc/8/comm': 'bash\n',
      '/proc/8/maps': '7f00 r-xp /usr/lib/libc.so.6\n',
      '/proc/9/comm': 'scdaemon\n',
      '/proc/10/comm': 'pcscd\n',
      '/proc/10/maps': '7f00 r-xp /usr/lib/libpcsclite.so.1.0.0\n',
      // It has ended, and gpg-agent has not yet taken note.
      '/proc/11/comm': 'scdaemon\n',
      '/proc/11/maps': '',
    };
    const nfc = await cards(fake, files);
    expect(nfc?.keys[0]).toMatchObject({ outcome: 'failed', error: { code: 'key-busy' } });
    expect(nfc?.keys[0]?.holders).toEqual([
      { name: 'python3', pid: 7 },
      { name: 'scdaemon', pid: 9 },
    ]);
  });
});

describe('a transport that is out of reach', () => {
  test('is a fact, not a failure; the binding and the service are both told', async () => {
    const failing = (code: 'usb-unavailable' | 'nfc-unavailable' | 'pcscd-not-running') => async () => {
      throw new FidoError(code, code);
    };
    const { usb, nfc } = await gatherFacts(
      systemOf(
        {},
        {
          openUsb: failing('usb-unavailable'),
          loadNfcBinding: failing('nfc-unavailable'),
          probeNfcService: failing('pcscd-not-running'),
        },
      ),
    );
    expect(usb).toMatchObject({ keys: [], error: { code: 'usb-unavailable' } });
    expect(nfc).toMatchObject({ binding: { code: 'nfc-unavailable' }, service: { code: 'pcscd-not-running' } });
  });

  test('is not looked at if nobody asks', async () => {
    const facts = await gatherFacts(systemOf({}), ['nfc']);
    expect(facts.usb).toBeUndefined();
    expect(facts.nfc?.wanted).toBe(true);
  });

  test('a bug stays a bug', async () => {
    const openUsb = async () => {
      throw new TypeError('oops');
    };
    await expect(gatherFacts(systemOf({}, { openUsb }))).rejects.toThrow('oops');
  });
});

describe.skipIf(process.platform !== 'linux')('this machine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seckey-doctor-'));
  const path = join(directory, 'pcscd.comm');
  afterEach(() => rmSync(path, { force: true }));
  const withSocket = (): System => ({
    ...thisSystem(),
    loadNfcBinding: async () => {
      throw new FidoError('nfc-unavailable', 'absent');
    },
    probeNfcService: async () => void (await probePcscd({ path })),
  });
  const service = async () => (await gatherFacts(withSocket(), ['nfc'])).nfc?.service?.code;

  test('no socket, one that nobody serves any more, one that answers', async () => {
    expect(await service()).toBe('pcscd-not-running');
    const server = createServer((socket) => socket.on('data', (data) => socket.write(data.subarray(8)))).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await service()).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    expect(await service()).toBe('pcscd-not-running');
  });

  test('everything that is asked of the real system comes back', async () => {
    const { user, usb } = await gatherFacts(thisSystem(), ['usb']);
    expect(user.name).not.toBe('');
    expect(user.administrator).toBe(process.geteuid?.() === 0);
    expect(usb?.linux?.hidraw).toBeTypeOf('boolean');
  });
});
