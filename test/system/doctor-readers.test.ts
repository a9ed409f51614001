/** seckey doctor where what it looks for on the way to readers is really so: a real pcscd, libraries and packages hidden. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { commandsOf, DOCTOR, NOBODY, outcome } from './support/doctor.ts';
import { Pcscd } from './support/pcscd.ts';
import { PYTHON } from './support/peers.ts';
import type { Program } from './support/program.ts';
import { requireBuild } from './support/seckey.ts';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
beforeAll(requireBuild);

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
    await pcscd.exec('bash', ['-c', commandsOf(mend('pcscd-access-denied')).join('\n')]);
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
    expect(mend('pcscd-version-mismatch')).toMatch(
      /(systemctl restart|pkill -x) pcscd[\s\S]*apt install pcscd libpcsclite1/,
    );
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
    expect(mend('pcscd-failed')).toMatch(/(systemctl restart|pkill -x) pcscd/);
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
    const holder = pcscd.spawn(PYTHON, ['-c', hold]);
    await holder.says('held');
    const { code, found, mend, message } = await doctor('-t nfc');
    expect({ code, found }).toEqual({ code: 4, found: ['key-busy:problem'] });
    expect(message('key-busy')).toMatch(/python3(\.\d+)? \(\d+\)/);
    // This machine may run other programs that use cards.
    const command = `kill ${holder.pid}`;
    expect(commandsOf(mend('key-busy'))).toContain(command);
    await pcscd.exec('bash', ['-c', command]);
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
      ['nfc-binding-missing', `${hide('pcsc-mini')}; ${hide('nfc-pcsc')}`, /libpcsclite-dev[\s\S]*npm install -g/],
      [
        'nfc-binding-not-built',
        `${hide('pcsc-mini')}; ${hide('@pokusew/pcsclite/build')}`,
        /libpcsclite-dev[\s\S]*npm rebuild/,
      ],
      ['nfc-binding-wrong-abi', `${hide('pcsc-mini')}; ${otherAbi}`, /npm rebuild/],
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

    test('without nfc-pcsc a card works through pcsc-mini, and that is said', async () => {
      await insertKey();
      const { code, found, message } = await doctor('-t nfc', { prepare: hide('nfc-pcsc') });
      expect({ code, found: [...found].sort() }).toEqual({ code: 0, found: ['nfc-key-works:ok', 'pcsc-library:ok'] });
      expect(message('pcsc-library')).toContain('pcsc-mini');
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
