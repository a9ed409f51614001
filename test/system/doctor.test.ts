/** seckey doctor where what it looks for is really so: a real pcscd, a real kernel, libraries and packages hidden. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { mustInGuest } from './support/guest.ts';
import { Pcscd } from './support/pcscd.ts';
import { PYTHON } from './support/peers.ts';
import type { Program, ProgramResult } from './support/program.ts';
import { type Document, requireBuild, SECKEY } from './support/seckey.ts';

const MINUTES = 60_000;
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const DOCTOR = `'${process.execPath}' '${SECKEY}' doctor`;
/** Not root, and in no group. */
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

beforeAll(requireBuild);

function parse({ stdout, stderr }: Pick<ProgramResult, 'stdout' | 'stderr'>): Document[] {
  expect(`${stdout}${stderr}`).toMatch(/^\{"findings":/);
  expect(stderr).not.toContain('did not end by itself');
  return JSON.parse(stdout).findings;
}

/** Exit code and what was found, but for what depends on the machine that the tests run on. */
function outcome(result: Pick<ProgramResult, 'code' | 'stdout' | 'stderr'>) {
  const findings = parse(result);
  const surroundings = /^(no-key|container|virtual-machine|wsl|ssh-session|udev-rules-missing|kernel-without-hidraw)$/;
  const found = findings.filter(({ id }) => !surroundings.test(id)).map(({ id, severity }) => `${id}:${severity}`);
  const mend = (id: string): string => findings.find((finding) => finding.id === id)?.mend;
  const message = (id: string): string => findings.find((finding) => finding.id === id)?.message;
  return { code: result.code, found, mend, message };
}

describe('readers', () => {
  let pcscd: Pcscd;
  let card: string;
  beforeAll(async () => {
    card = await bundle(new URL('programs/odd-card.ts', import.meta.url));
  });
  beforeEach(async () => {
    pcscd = await Pcscd.start();
  });
  afterEach(() => pcscd?.stop());

  /** Runs the doctor beside this pcscd, after `prepare` in a mount namespace of its own. */
  async function doctor(args = '', { prepare = ':', as = '' } = {}) {
    const script = `set -e\n${prepare}\nexec ${as} ${DOCTOR} --json ${args}`;
    return outcome(await pcscd.exec('unshare', ['--mount', 'bash', '-c', script], { env: { SECKEY_DEBUG: '1' } }));
  }

  async function insert(kind: string): Promise<Program> {
    const program = pcscd.spawn(process.execPath, [card, `${pcscd.readers[0]?.port}`, kind]);
    await program.says('inserted');
    return program;
  }

  async function insertKey(): Promise<void> {
    const program = await bundle(new URL('programs/vpcd-card.ts', import.meta.url));
    await pcscd.spawn(process.execPath, [program, `${pcscd.readers[0]?.port}`]).says('inserted');
  }

  test('all is well: empty readers, then a key', async () => {
    expect(await doctor('-t nfc')).toMatchObject({ code: 0, found: ['nfc-ready:ok'] });
    await insertKey();
    expect(await doctor('-t nfc')).toMatchObject({ code: 0, found: ['nfc-key-works:ok'] });
  });

  test('pcscd stopped: a warning, or a problem for who asks about readers', async () => {
    await pcscd.stopDaemon();
    expect(await doctor()).toMatchObject({ code: 0, found: expect.arrayContaining(['pcscd-not-running:warning']) });
    const { code, found, mend } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['pcscd-not-running:problem'] });
    expect(mend('pcscd-not-running')).toMatch(/^Start it:\n {2}(systemctl enable --now pcscd\.socket|pcscd)$/);
  });

  test('the socket is closed to others', async () => {
    await pcscd.exec('chmod', ['700', '/run/pcscd']);
    const { code, found, mend, message } = await doctor('-t nfc', { as: NOBODY });
    expect({ code, found }).toEqual({ code: 4, found: ['pcscd-access-denied:problem'] });
    expect(message('pcscd-access-denied')).toContain('EACCES');
    expect(mend('pcscd-access-denied')).toContain('\n  sudo chmod 755 /run/pcscd');
    await pcscd.exec('bash', ['-c', mend('pcscd-access-denied').replaceAll(/^(?! {2}).*$|sudo /gm, '')]);
    expect(await doctor('-t nfc', { as: NOBODY })).toMatchObject({ code: 0, found: ['nfc-ready:ok'] });
  });

  const service = (answer: string) => `${PYTHON} -c '
import os, socket, struct
server = socket.socket(socket.AF_UNIX)
server.bind("/run/pcscd/pcscd.comm")
os.chmod("/run/pcscd/pcscd.comm", 0o666)
server.listen()
print("listening", flush=True)
kept = []
while True:
    client, _ = server.accept()
    kept.append(client)
    client.recv(20)
    ${answer}
'`;
  async function replaceDaemon(answer: string): Promise<void> {
    await pcscd.stopDaemon();
    await pcscd.exec('rm', ['-f', '/run/pcscd/pcscd.comm']);
    await pcscd.spawn('bash', ['-c', service(answer)]).says('listening');
  }

  test('a service of another version', async () => {
    await replaceDaemon('client.sendall(struct.pack("=III", 4, 9, 0x8010001e))');
    const { code, found, mend } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['pcscd-version-mismatch:problem'] });
    expect(mend('pcscd-version-mismatch')).toMatch(/systemctl restart pcscd[\s\S]*apt install pcscd libpcsclite1/);
  });

  test('a service that hangs up', async () => {
    await replaceDaemon('client.close()');
    const { code, found, mend } = await doctor('-t nfc', { as: NOBODY });
    expect({ code, found }).toEqual({ code: 4, found: ['pcscd-access-denied:problem'] });
    expect(mend('pcscd-access-denied')).toContain('subject.user === "nobody"');
  });

  test('a service that does not answer', async () => {
    await replaceDaemon('pass');
    const { code, found, mend } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['pcscd-failed:problem'] });
    expect(mend('pcscd-failed')).toContain('systemctl restart pcscd');
  });

  test('no reader', async () => {
    const empty = await Pcscd.start(0);
    try {
      const { stdout, stderr, code } = await empty.exec('bash', ['-c', `${DOCTOR} --json -t nfc`]);
      const result = outcome({ stdout, stderr, code });
      expect(result).toMatchObject({ code: 0, found: ['no-reader:warning'] });
      expect(result.mend('no-reader')).toMatch(/Connect a reader/);
    } finally {
      await empty.stop();
    }
  });

  test('a card that is no FIDO key', async () => {
    await insert('bank');
    const { code, found, mend, message } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 0, found: ['card-not-fido:warning'] });
    expect(message('card-not-fido')).toContain('Virtual PCD 00 00');
    expect(mend('card-not-fido')).toMatch(/security key/);
  });

  test('a card with U2F alone', async () => {
    await insert('u2f');
    const { code, found, mend } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['key-u2f-only:problem'] });
    expect(mend('key-u2f-only')).toMatch(/switch FIDO2 on/);
  });

  test('a key that another program holds: which, and the mend works', async () => {
    await insertKey();
    const hold = `
import sys
from smartcard.scard import *
_, context = SCardEstablishContext(SCARD_SCOPE_USER)
result, card, _ = SCardConnect(context, "Virtual PCD 00 00", SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY)
print("held" if result == SCARD_S_SUCCESS else result, flush=True)
sys.stdin.read()`;
    await pcscd.spawn(PYTHON, ['-c', hold]).says('held');
    const { code, found, mend, message } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['key-busy:problem'] });
    expect(message('key-busy')).toMatch(/python3(\.\d+)? \(\d+\)/);
    const [, pid] = /\n {2}kill (\d+)/.exec(mend('key-busy')) ?? [];
    await pcscd.exec('kill', [`${pid}`]);
    expect(await doctor('-t nfc')).toMatchObject({ code: 0, found: ['nfc-key-works:ok'] });
  });

  describe('the binding', () => {
    const hide = (path: string) => `mount -t tmpfs tmpfs '${NODE_MODULES}/${path}'`;
    /** Hides files of the system by laying a discardable layer over their directory. */
    const remove = (pattern: string) => `
      layer=$(mktemp -d); mount -t tmpfs tmpfs $layer; mkdir $layer/upper $layer/work
      library=$(ldconfig -p | grep -o '/.*/${pattern}[^ ]*' | head -1); place=$(dirname $(readlink -f $library))
      mount -t overlay -o lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work overlay $place
      rm $place/${pattern}*`;
    /** The addon, with another number in the record that it registers itself with. */
    const otherAbi = `
      addon='${NODE_MODULES}/@pokusew/pcsclite/build/Release/pcsclite.node'
      changed=$(mktemp)
      ${PYTHON} -c '
import struct, sys
abi = int(sys.argv[3])
data = open(sys.argv[1], "rb").read()
before = struct.pack("=IIQ", abi, 0, 0)
at = data.rfind(before)
assert at > 0
open(sys.argv[2], "wb").write(data[:at] + struct.pack("=I", abi - 7) + data[at + 4:])
' $addon $changed ${process.versions.modules}
      mount --bind $changed $addon`;

    test.each([
      ['nfc-binding-missing', hide('nfc-pcsc'), /libpcsclite-dev[\s\S]*npm install -g/],
      ['nfc-binding-not-built', hide('@pokusew/pcsclite/build'), /libpcsclite-dev[\s\S]*npm rebuild/],
      ['nfc-binding-wrong-abi', otherAbi, /npm rebuild/],
      ['libpcsclite-missing', remove('libpcsclite.so'), /^Install it:\n {2}apt install libpcsclite1$/],
    ])('%s', async (id, prepare, expected) => {
      const { code, found, mend } = await doctor('-t nfc', { prepare });
      expect({ code, found }).toEqual({ code: 4, found: [`${id}:problem`] });
      expect(mend(id)).toMatch(expected);
      expect(await doctor('', { prepare })).toMatchObject({
        code: 0,
        found: expect.arrayContaining([`${id}:warning`]),
      });
    });

    test('libusb is missing: a problem, or a warning once a card works', async () => {
      const prepare = remove('libusb-1.0.so');
      const { code, found, mend } = await doctor('', { prepare });
      expect({ code, found }).toEqual({ code: 4, found: ['libusb-missing:problem', 'nfc-ready:ok'] });
      expect(mend('libusb-missing')).toBe('Install it:\n  apt install libusb-1.0-0');
      await insertKey();
      expect(await doctor('', { prepare })).toMatchObject({
        code: 0,
        found: ['libusb-missing:warning', 'nfc-key-works:ok'],
      });
    });
  });
});

describe('USB', () => {
  let parts: Record<string, string>;
  beforeAll(async () => {
    const program = await bundle(new URL('programs/uhid-key.ts', import.meta.url));
    const doctor = (as = '') => `${as} ${DOCTOR} -t usb --json; echo "code $?"`;
    const stdout = await mustInGuest(
      `
      PATH=${dirname(process.execPath)}:$PATH
      echo '== none';    ${doctor()}
      serve ${program}
      echo '== works';   ${doctor()}
      chmod 600 /dev/hidraw0
      echo '== denied';  ${doctor(NOBODY)}
      echo '== words';   ${NOBODY} ${DOCTOR} -t usb
      mkdir -p /etc/udev/rules.d; ${DOCTOR} --print-udev-rules > /etc/udev/rules.d/70-seckey.rules
      echo '== ruled';   ${doctor(NOBODY)}
      chgrp plugdev /dev/hidraw0; chmod 660 /dev/hidraw0
      echo '== group';   ${doctor(NOBODY)}
      echo '== member';  ${doctor(`${NOBODY.replace('--clear-groups', '--groups=plugdev')}`)}
      rm /dev/hidraw0
      echo '== no node'; ${doctor()}
      mknod /dev/hidraw0 c $(tr : ' ' < /sys/class/hidraw/hidraw0/dev)
      unserve`,
      { timeoutMs: 4 * MINUTES },
    );
    const split = stdout.split(/^== (.*)\n/m).slice(1);
    parts = Object.fromEntries(
      Array.from({ length: split.length / 2 }, (_, i) => [split[2 * i], split[2 * i + 1] ?? '']),
    );
  }, 5 * MINUTES);

  const part = (name: string) => {
    const [, stdout = '', code] = /^(\{.*\}\n)code (\d+)$/m.exec(parts[name] ?? '') ?? [];
    return outcome({ stdout, stderr: parts[name] ?? 'nothing', code: Number(code) });
  };

  test('no key', () => expect(part('none')).toMatchObject({ code: 0, found: ['usb-ready:ok'] }));
  test('a key', () => expect(part('works')).toMatchObject({ code: 0, found: ['usb-key-works:ok'] }));

  test('a hidraw node without permission, and no udev rule', () => {
    const { code, found, mend, message } = part('denied');
    expect({ code, found }).toEqual({ code: 4, found: ['hidraw-access-denied:problem'] });
    expect(message('hidraw-access-denied')).toMatch(/belongs to root:root, mode 0600; you are nobody\. No udev rule/);
    expect(mend('hidraw-access-denied')).toContain('KERNEL=="hidraw*", ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"');
  });

  test('for people: 80 columns, the worst first', () => {
    const lines = (parts.words ?? '').split('\n');
    expect(lines[0]).toMatch(/^problem {2}\S/);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('a rule that has not been acted upon', () => {
    expect(part('ruled')).toMatchObject({ code: 4, found: ['hidraw-access-denied:problem'] });
    expect(part('ruled').mend('hidraw-access-denied')).toMatch(/^Plug the key in again/);
  });

  test('a group that may: join it, and it works', () => {
    expect(part('group').mend('hidraw-access-denied')).toMatch(
      /^Join the group plugdev[\s\S]*--groups plugdev nobody$/,
    );
    expect(part('member')).toMatchObject({ code: 0, found: ['usb-key-works:ok'] });
  });

  test('a key for which there is no node', () => {
    const { code, found, mend } = part('no node');
    expect({ code, found }).toEqual({ code: 4, found: ['hidraw-node-missing:problem'] });
    expect(mend('hidraw-node-missing')).toMatch(/docker run --device \/dev\/hidraw0|udevadm trigger/);
  });
});
