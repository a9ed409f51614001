import { describe, expect, test } from 'vitest';
import { errorDocument } from '../../src/cli/errors.ts';
import { FOR_REMEDIES } from '../../src/cli/messages/keys.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Facts, KeyTrial, LinuxUsbFacts, NfcFacts, UsbFacts } from '../../src/doctor/facts.ts';
import { FidoError, type FidoErrorCode } from '../../src/errors.ts';
import { loadError } from '../../src/transport/nfc/pcsc-binding.ts';
import { connectError } from '../../src/transport/nfc/pcsc-errors.ts';
import { CARD, HEALTHY, LINUX, NFC, WORKING } from './facts-for-tests.ts';

const usb = (facts: Partial<UsbFacts>) => ({ usb: { keys: [], linux: LINUX, ...facts } });
const linux = (facts: Partial<LinuxUsbFacts>, more: Partial<UsbFacts> = {}) =>
  usb({ ...more, linux: { ...LINUX, ...facts } });
const nfc = (facts: Partial<NfcFacts>) => ({ nfc: { ...NFC, ...facts } });
const error = (code: FidoErrorCode, cause?: unknown) => new FidoError(code, `it is ${code}`, { cause });
const failing = (code: FidoErrorCode, trial: KeyTrial = WORKING, more: Partial<KeyTrial> = {}): KeyTrial => ({
  ...trial,
  outcome: 'failed',
  error: error(code),
  ...more,
});
const dlopen = (message: string) => Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
const noService = (code: FidoErrorCode, more: Partial<NfcFacts> = {}, cause?: unknown) =>
  nfc({ readers: undefined, service: error(code, cause), ...more });

const LIBUSB = error('usb-unavailable', new Error('libusb-1.0.so.0: cannot open shared object file'));
const ROOT = { user: { name: 'root', administrator: true, groups: [] } };
const KEY_NODE = { path: '/dev/hidraw0', name: 'Key', file: { mode: 0o20600, owner: 'root', group: 'root' } };
const READER = { name: 'Reader', vendorId: '072f', productId: '2200', smartCard: true };
const YUBIKEY_OTP = { name: 'YubiKey OTP', vendorId: '1050', productId: '0401', smartCard: false };
const WINDOWS = { platform: 'win32', usb: { keys: [] } } as const;

/** "id:severity" of what is found, without `no-key`, which has a test of its own. */
const found = (facts: Partial<Facts>) =>
  diagnose({ ...HEALTHY, commands: FOR_REMEDIES, ...facts })
    .filter(({ id }) => id !== 'no-key')
    .map(({ id, severity }) => `${id}:${severity}`)
    .join(' ');
const findingOf = (id: string, facts: Partial<Facts>) =>
  diagnose({ ...HEALTHY, commands: FOR_REMEDIES, ...facts }).find((finding) => finding.id === id);
const remedyOf = (id: string, facts: Partial<Facts>) => findingOf(id, facts)?.remedy;

const TABLE: [string, Partial<Facts>, string][] = [
  ['nothing wrong, no key', {}, 'usb-ready:ok nfc-ready:ok'],
  ['a key on USB', usb({ keys: [WORKING] }), 'usb-key-works:ok nfc-ready:ok'],
  ['a key on a reader', nfc({ keys: [CARD] }), 'usb-ready:ok nfc-key-works:ok'],
  ['libusb missing', usb({ error: LIBUSB }), 'libusb-missing:problem nfc-ready:ok'],
  [
    'libusb missing, but a key on a reader',
    { ...usb({ error: LIBUSB }), ...nfc({ keys: [CARD] }) },
    'libusb-missing:warning nfc-key-works:ok',
  ],
  [
    'node-hid without a binary for this system',
    usb({ error: error('usb-unavailable', new Error('No native build was found')) }),
    'node-hid-broken:problem nfc-ready:ok',
  ],
  ['hidraw refused', usb({ keys: [failing('access-denied')] }), 'hidraw-access-denied:problem nfc-ready:ok'],
  [
    'hidraw refused, but a key on a reader',
    { ...usb({ keys: [failing('access-denied')] }), ...nfc({ keys: [CARD] }) },
    'hidraw-access-denied:warning nfc-key-works:ok',
  ],
  [
    'two keys on USB, one of them refused',
    usb({ keys: [WORKING, failing('access-denied')] }),
    'hidraw-access-denied:problem usb-key-works:ok nfc-ready:ok',
  ],
  ['no rule and no key', linux({ udevRule: false }), 'udev-rules-missing:warning usb-ready:ok nfc-ready:ok'],
  ['no rule, but root', { ...linux({ udevRule: false }), ...ROOT }, 'usb-ready:ok nfc-ready:ok'],
  [
    'a node that is not there',
    linux({ nodes: [{ path: '/dev/hidraw0', name: 'Key' }] }, { keys: [failing('key-removed')] }),
    'hidraw-node-missing:problem nfc-ready:ok',
  ],
  ['no hidraw in the kernel', linux({ hidraw: false }), 'kernel-without-hidraw:warning nfc-ready:ok'],
  [
    'no hidraw, USB alone asked about',
    { ...linux({ hidraw: false }), nfc: undefined },
    'kernel-without-hidraw:problem',
  ],
  ['a YubiKey without FIDO on USB', linux({ devices: [YUBIKEY_OTP] }), 'usb-fido-disabled:problem nfc-ready:ok'],
  ['only U2F', usb({ keys: [{ ...WORKING, outcome: 'u2f-only' }] }), 'key-u2f-only:problem nfc-ready:ok'],
  ['a silent key', usb({ keys: [failing('no-answer')] }), 'key-silent:problem nfc-ready:ok'],
  ['a key that fails', usb({ keys: [failing('transport-failed')] }), 'key-failed:problem nfc-ready:ok'],
  ['a card held', nfc({ keys: [failing('key-busy', CARD)] }), 'key-busy:problem usb-ready:ok'],
  [
    'a card held, but a key on USB',
    { ...usb({ keys: [WORKING] }), ...nfc({ keys: [failing('key-busy', CARD)] }) },
    'key-busy:warning usb-key-works:ok',
  ],
  ['a bank card', nfc({ keys: [{ ...CARD, outcome: 'not-fido' }] }), 'card-not-fido:warning usb-ready:ok'],
  ['no reader', nfc({ readers: [] }), 'no-reader:warning usb-ready:ok'],
  [
    'no reader, but a key on USB',
    { ...usb({ keys: [WORKING] }), ...nfc({ readers: [] }) },
    'usb-key-works:ok no-reader:ok',
  ],
  [
    'a reader that pcscd does not see',
    { ...linux({ devices: [READER] }), ...nfc({ readers: [] }) },
    'reader-not-recognised:problem usb-ready:ok',
  ],
  ['pcscd down, no reader known', noService('pcscd-not-running'), 'pcscd-not-running:warning usb-ready:ok'],
  [
    'pcscd down, readers alone asked about',
    { ...noService('pcscd-not-running', { wanted: true }), usb: undefined },
    'pcscd-not-running:problem',
  ],
  [
    'pcscd down under a reader',
    { ...linux({ devices: [READER] }), ...noService('pcscd-not-running') },
    'pcscd-not-running:problem usb-ready:ok',
  ],
  [
    'pcscd down under a reader, but a key on USB',
    { ...linux({ devices: [READER] }, { keys: [WORKING] }), ...noService('pcscd-not-running') },
    'pcscd-not-running:warning usb-key-works:ok',
  ],
  [
    'polkit refuses the card only',
    nfc({ keys: [failing('pcscd-access-denied', CARD)] }),
    'pcscd-access-denied:problem usb-ready:ok',
  ],
  [
    'versions apart',
    noService('nfc-unavailable', { wanted: true }, new Error('x(0x8010001e)')),
    'pcscd-version-mismatch:problem usb-ready:ok',
  ],
  ['a mute pcscd', noService('transport-failed', { wanted: true }), 'pcscd-failed:problem usb-ready:ok'],
  [
    'no binding, and no pcscd either',
    noService('pcscd-not-running', {
      binding: loadError(Object.assign(new Error("Cannot find package 'nfc-pcsc'"), { code: 'ERR_MODULE_NOT_FOUND' })),
    }),
    'nfc-binding-missing:warning pcscd-not-running:warning usb-ready:ok',
  ],
  [
    'a refused key on Windows',
    { ...WINDOWS, usb: { keys: [failing('access-denied')] } },
    'not-elevated:problem nfc-ready:ok',
  ],
  ['no key on Windows', WINDOWS, 'not-elevated:warning usb-ready:ok nfc-ready:ok'],
  ['no key on Windows, elevated', { ...WINDOWS, ...ROOT }, 'usb-ready:ok nfc-ready:ok'],
  [
    'macOS without Input Monitoring',
    { platform: 'darwin', usb: { keys: [failing('access-denied')] } },
    'input-monitoring-denied:problem nfc-ready:ok',
  ],
  [
    'no key in a container reached by SSH',
    { surroundings: { container: 'docker', virtualMachine: 'QEMU', ssh: true } },
    'container:warning ssh-session:warning usb-ready:ok nfc-ready:ok',
  ],
  ['no key in WSL', { surroundings: { wsl: true } }, 'wsl:warning usb-ready:ok nfc-ready:ok'],
  [
    'no key in a virtual machine',
    { surroundings: { virtualMachine: 'VMware' } },
    'virtual-machine:warning usb-ready:ok nfc-ready:ok',
  ],
  [
    'a key in a virtual machine',
    { surroundings: { virtualMachine: 'VMware' }, ...usb({ keys: [WORKING] }) },
    'usb-key-works:ok nfc-ready:ok',
  ],
];

describe('what is found, and how bad it is', () => {
  test.each(TABLE)('%s', (_, facts, expected) => expect(found(facts)).toBe(expected));

  test('each is said in sentences, and all but ok with a remedy that fits 80 columns', () => {
    for (const [name, facts] of TABLE) {
      for (const { id, severity, message, remedy } of diagnose({ ...HEALTHY, ...facts })) {
        expect(message, name).toMatch(/^[A-Z/].*\.$/);
        expect(remedy !== undefined, `${name}: ${id}`).toBe(severity !== 'ok');
        for (const line of remedy?.split('\n') ?? []) {
          if (line.startsWith('  ')) expect(line.length, line).toBeLessThanOrEqual(71);
        }
      }
    }
  });

  test('that no key is there is said only when none is', () => {
    const noKey = (facts: Partial<Facts>) => findingOf('no-key', facts) !== undefined;
    expect(noKey({})).toBe(true);
    expect(noKey(nfc({ keys: [{ ...CARD, outcome: 'not-fido' }] }))).toBe(true);
    expect(noKey(usb({ keys: [failing('access-denied')] }))).toBe(false);
    expect(noKey(linux({ devices: [YUBIKEY_OTP] }))).toBe(false);
    expect(noKey(linux({ devices: [READER] }))).toBe(true);
    expect(noKey(linux({ nodes: [KEY_NODE] }, { error: LIBUSB }))).toBe(false);
  });
});

describe('loading the binding', () => {
  test.each([
    [
      'nfc-binding-not-built',
      new Error('Could not locate the bindings file. Tried:'),
      /libpcsclite-dev[\s\S]*npm rebuild/,
    ],
    ['nfc-binding-wrong-abi', dlopen('was compiled against NODE_MODULE_VERSION 115'), /npm rebuild/],
    ['libpcsclite-missing', dlopen('libpcsclite.so.1: cannot open shared object file'), /apt install libpcsclite1/],
    ['nfc-binding-broken', dlopen('invalid ELF header'), /npm rebuild/],
  ])('%s', (id, cause, expected) => {
    const facts = nfc({ readers: undefined, binding: loadError(cause) });
    expect(found(facts)).toContain(`${id}:warning`);
    expect(remedyOf(id, facts)).toMatch(expected);
  });
});

describe('the remedy goes with the system', () => {
  const install = (facts: Partial<Facts>) =>
    remedyOf('libusb-missing', { ...usb({ error: LIBUSB }), ...facts })?.split('\n');

  test('packages of this distribution, or of each', () => {
    expect(install({})).toEqual(['Install it:', '  sudo apt install libusb-1.0-0']);
    expect(install({ distribution: 'fedora' })).toEqual(['Install it:', '  sudo dnf install libusb1']);
    expect(install({ distribution: 'arch' })).toEqual(['Install it:', '  sudo pacman -S libusb']);
    expect(install({ distribution: undefined })).toEqual([
      'Install it:',
      '  sudo apt install libusb-1.0-0  # Debian, Ubuntu',
      '  sudo dnf install libusb1  # Fedora',
      '  sudo pacman -S libusb  # Arch',
    ]);
  });

  test('root needs no sudo', () => expect(install(ROOT)).toEqual(['Install it:', '  apt install libusb-1.0-0']));

  test('starting pcscd: with systemd, without, and where it is not installed', () => {
    const start = (pcscd: NfcFacts['pcscd'], more: Partial<Facts> = {}) =>
      remedyOf('pcscd-not-running', { ...noService('pcscd-not-running', { pcscd }), ...more });
    expect(start({ installed: true, systemd: true })).toMatch(/ {2}sudo systemctl enable --now pcscd\.socket$/);
    expect(start({ installed: true, systemd: false })).toMatch(/ {2}sudo pcscd$/);
    expect(start({ installed: false, systemd: true })).toMatch(/apt install pcscd\n/);
    expect(start({ installed: false, systemd: false }, { surroundings: { container: 'podman' } })).toMatch(
      /podman run -v/,
    );
    expect(start(undefined, { platform: 'win32' })).toMatch(/Start-Service SCardSvr/);
    expect(start(undefined, { platform: 'darwin' })).toMatch(/reader again/);
  });
});

describe('starting the service again', () => {
  test.each<[string, Partial<Facts>, Partial<NfcFacts>, RegExp]>([
    ['systemd', {}, {}, / {2}sudo systemctl restart pcscd$/],
    ['none', {}, { pcscd: { installed: true, systemd: false } }, / {2}sudo pkill -x pcscd\n {2}sudo pcscd$/],
    ['Windows', { platform: 'win32' }, {}, / {2}Restart-Service SCardSvr$/],
    ['macOS', { platform: 'darwin' }, {}, /^Connect the reader again/],
  ])('%s', (_, more, nfcMore, expected) =>
    expect(remedyOf('pcscd-failed', { ...noService('transport-failed', nfcMore), ...more })).toMatch(expected),
  );
});

describe('a refused hidraw node', () => {
  const denied = { keys: [failing('access-denied')] };
  const withNode = (file: object, more: Partial<LinuxUsbFacts> = {}) =>
    linux({ nodes: [{ ...KEY_NODE, file: { ...KEY_NODE.file, ...file } }], ...more }, denied);
  const refusal = (facts: Partial<Facts>) => findingOf('hidraw-access-denied', facts);

  test('says whose it is', () => {
    expect(refusal(withNode({}))?.message).toContain('It belongs to root:root, mode 0600; you are alice.');
  });

  test('a program without a command line says in words where the rule comes from', () => {
    const { remedy } = refusal({ ...withNode({}, { udevRule: false }), commands: undefined }) ?? {};
    expect(remedy).toMatch(/, save the rules as 70-seckey\.rules, then plug the key in again:\n {2}sudo install /);
    expect(remedy).not.toContain('seckey doctor');
  });

  test('without a rule, the remedy is the rule', () => {
    const { message, remedy } = refusal(withNode({}, { udevRule: false })) ?? {};
    expect(message).toContain('No udev rule gives access.');
    expect(remedy).toContain('KERNEL=="hidraw*", ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"');
    expect(remedy).toContain('\n  seckey doctor --print-udev-rules > 70-seckey.rules\n');
    expect(remedy).toMatch(/, then plug the key in again:\n/);
  });

  test('with a rule, it is to be looked at again, or a group to be joined', () => {
    expect(refusal(withNode({}))?.remedy).toMatch(
      /^Plug the key in again[\s\S]*udevadm trigger[\s\S]*--groups plugdev alice/,
    );
  });

  test('over SSH nobody sits at the machine: a group', () => {
    expect(refusal({ ...withNode({}), surroundings: { ssh: true } })?.remedy).toMatch(/^Join the group plugdev/);
  });

  test('a group that has access already is joined', () => {
    expect(refusal(withNode({ mode: 0o20660, group: 'fido' }))?.remedy).toBe(
      'Join the group fido, and log in again:\n  sudo usermod --append --groups fido alice',
    );
  });

  test('refused to root: it is the container', () => {
    const { message, remedy } = refusal({ ...usb(denied), ...ROOT, surroundings: { container: 'docker' } }) ?? {};
    expect(message).toMatch(/refused even to root, by the device rules of this container/);
    expect(remedy).toContain('docker run --device /dev/hidraw0');
  });
});

describe('FIDO2 that is not on', () => {
  const yubikey = { name: 'Yubico YubiKey FIDO', outcome: 'u2f-only' } as const;
  test('a YubiKey has a command for it, over either transport', () => {
    expect(remedyOf('key-u2f-only', usb({ keys: [{ ...WORKING, ...yubikey }] }))).toMatch(
      /\n {2}ykman config usb --enable FIDO2$/,
    );
    expect(remedyOf('key-u2f-only', nfc({ keys: [{ ...CARD, ...yubikey }] }))).toMatch(/config nfc --enable FIDO2$/);
  });
  test('any other has its maker’s program', () =>
    expect(remedyOf('key-u2f-only', usb({ keys: [{ ...WORKING, outcome: 'u2f-only' }] }))).not.toMatch(/ykman/));
});

test('nobody is sent from the doctor to the doctor', () => {
  const failure = connectError(new Error('SCardConnect error: Internal error.(0x80100001)'));
  expect(errorDocument(failure).hint).toContain('seckey doctor');
  const keys = [{ ...CARD, outcome: 'failed', error: failure } as const];
  expect(remedyOf('key-failed', nfc({ keys }))).toMatch(/^Take the key off[\s\S]* try again\.$/);
});

describe('who holds the card', () => {
  test.each([
    [[], /gpgconf --kill scdaemon/],
    [[{ name: 'scdaemon', pid: 7 }], /^GnuPG.*\n {2}gpgconf --kill scdaemon\n.*\n {2}echo disable-scdaemon >> /],
    [[{ name: 'python3', pid: 8 }], /^End python3:\n {2}kill 8$/],
    [[{ name: 'firefox', pid: 9 }], /^Close firefox/],
  ])('%j', (holders, expected) => {
    expect(remedyOf('key-busy', nfc({ keys: [failing('key-busy', CARD, { holders })] }))).toMatch(expected);
  });

  test('GnuPG is named first, and the others for if it was not that', () => {
    const holders = [
      { name: 'gsd-smartcard', pid: 8 },
      { name: 'scdaemon', pid: 7 },
    ];
    const { message, remedy } = findingOf('key-busy', nfc({ keys: [failing('key-busy', CARD, { holders })] })) ?? {};
    expect(message).toContain('may be: scdaemon (7), gsd-smartcard (8).');
    expect(remedy).toMatch(/^GnuPG[\s\S]*\nIf something holds it even then, end gsd-smartcard:\n {2}kill 8$/);
  });

  test('on USB it is who waits for a touch, and never GnuPG', () => {
    const held = (holders: { name: string; pid: number }[]) =>
      remedyOf('key-busy', usb({ keys: [failing('key-busy', WORKING, { holders })] }));
    expect(held([{ name: 'fido2-assert', pid: 9 }])).toBe(
      'Finish what fido2-assert waits for, often a touch, or end it:\n  kill 9',
    );
    expect(held([])).toBe('Close browsers and password managers that may be using it, or finish what they ask for.');
  });

  test('scdaemon past pcscd leaves no reader', () => {
    const programs = [{ name: 'scdaemon', pid: 7 }];
    const facts = { ...linux({ devices: [READER] }), ...nfc({ readers: [], programs }) };
    expect(remedyOf('reader-not-recognised', facts)).toMatch(/disable-ccid/);
  });
});

describe('a refusing pcscd', () => {
  const refused = (cause: unknown) => remedyOf('pcscd-access-denied', noService('pcscd-access-denied', {}, cause));
  test('the socket itself', () => {
    const cause = Object.assign(new Error('connect EACCES'), { code: 'EACCES', syscall: 'connect' });
    expect(refused(cause)).toMatch(/chmod/);
  });
  test('polkit', () => expect(refused(new Error('x(0x8010006a)'))).toMatch(/subject\.user === "alice"/));
});
