/** seckey and other people's clients on one card, through a real pcscd. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOfPeer, membersOfSeckey } from './support/get-info-members.ts';
import { Pcscd } from './support/pcscd.ts';
import { type PeerName, PYTHON, parsePeer, peer } from './support/peers.ts';
import { type Document, InstalledSeckey } from './support/seckey.ts';

const FIRST = 'correct horse';
const SECOND = 'b\u00e4ttery \ud83d\udd11';

// test/system/pcsc-mini.test.ts runs all of this once more.
process.env.SECKEY_PCSC ??= 'nfc-pcsc';

let pcscd: Pcscd;
beforeAll(async () => {
  pcscd = await Pcscd.start();
});
afterAll(() => pcscd?.stop());

async function python(name: PeerName, args: string[], input: unknown = {}): Promise<Document> {
  return parsePeer(
    await pcscd.exec(PYTHON, [peer(name), '--reader', 'Virtual PCD', ...args], { input: JSON.stringify(input) }),
  ) as never;
}

describe.each(['yubikey-5-nfc', 'hid-crescendo', 'ctap-2.3'])('%s', (model) => {
  let installed: InstalledSeckey;
  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model, { steadyPower: true });
  });
  afterAll(() => installed?.close());

  test('is listed once, with its model', async () => {
    const { keys } = await installed.json(['list']);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({
      transport: 'nfc',
      reader: pcscd.readers[0]?.name,
      id: expect.stringMatching(/^nfc-[0-9a-f]{8}$/),
    });
    if (model === 'yubikey-5-nfc')
      expect(keys[0]).toMatchObject({ model: 'YubiKey 5 Series with NFC', serial: expect.stringMatching(/^\d+$/) });
  });

  test('pin set, verify, change, a wrong PIN; python-fido2 sees the same', async () => {
    expect(await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(FIRST)])).toEqual({ set: true });
    expect(await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(FIRST)])).toEqual({ verified: true });
    expect(await python('pin_verify', [], { pin: FIRST })).not.toHaveProperty('error');
    await installed.json([
      'pin',
      'change',
      '--pin-file',
      installed.pinFile(FIRST),
      '--new-pin-file',
      installed.pinFile(SECOND),
    ]);
    expect(await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(FIRST)], 6)).toMatchObject({
      error: { code: 'pin-invalid', retries: 7, exit: 6, status: 'CTAP2_ERR_PIN_INVALID' },
    });
    expect(await python('retries', [])).toMatchObject({ retries: 7 });
    expect(await python('pin_verify', [], { pin: SECOND })).not.toHaveProperty('error');
    expect(await installed.json(['pin', 'status'])).toMatchObject({ set: true, retries: 8, powerCycleNeeded: false });
  });

  test('python-fido2 agrees on every member of getInfo', async () => {
    const ours = membersOfSeckey(await installed.json(['info']));
    const theirs = await python('info', []);
    expect(Object.keys(ours).length).toBeGreaterThan(5);
    expect(membersOfPeer(theirs.members)).toEqual(ours);
  });

  test('reset: lifted, put back, erased; python-fido2 sees a key without PIN', async () => {
    const { key } = await installed.json(['info']);
    const reset = installed.start(['reset', '--confirm', key.id, '--json']);
    await reset.complains(model === 'hid-crescendo' ? 'Take the card out' : 'Take the key off the reader');
    installed.hand('remove');
    await reset.complains(/Put it back|Push it/);
    installed.hand('insert');
    const { code, stdout, stderr } = await reset.result();
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(JSON.parse(stdout)).toMatchObject({ reset: true, key: { transport: 'nfc' } });
    expect(stderr).not.toContain('did not end by itself');
    expect((await python('info', [])).members['4']).toMatchObject({ clientPin: false });
    expect(await installed.json(['pin', 'status'])).toMatchObject({ set: false });
  });

  describe.each(model === 'ctap-2.3' || model === 'yubikey-5-nfc' ? [1, 2] : [2])(
    'python-fido2 with protocol %i',
    (protocol) => {
      test('sets, changes, runs into the block; seckey reports the same', async () => {
        await python('pin_set', ['--protocol', `${protocol}`], { newPin: FIRST });
        expect(await installed.json(['pin', 'status'])).toMatchObject({ set: true, retries: 8 });
        await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(FIRST)]);
        await python('pin_change', ['--protocol', `${protocol}`], { pin: FIRST, newPin: SECOND });
        await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(SECOND)]);

        const wrong = await installed.shell(
          `${PYTHON} ${peer('wrong_pin')} --reader 'Virtual PCD' --protocol ${protocol} 3; seckey pin status --json; ` +
            `seckey pin verify --pin-file ${installed.pinFile(SECOND)} --json 2>/dev/null`,
          { input: JSON.stringify({ pin: 'not it' }) },
        );
        const [answers, status, refusal] = wrong.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        expect(answers.answers.map((answer: Document) => answer.status)).toEqual([0x31, 0x31, 0x34]);
        expect(status).toMatchObject({ set: true, retries: 5, powerCycleNeeded: true });
        expect(refusal).toMatchObject({ error: { code: 'pin-auth-blocked', retries: 5, exit: 7 } });

        installed.hand('replug');
        await expect
          .poll(() => installed.json(['pin', 'status']).catch(() => ({})), { timeout: 10_000 })
          .toMatchObject({ powerCycleNeeded: false, retries: 5 });
        await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(SECOND)]);
        expect(await python('retries', [])).toMatchObject({ retries: 8 });

        const reset = installed.start(['reset', '--confirm', (await installed.json(['info'])).key.id]);
        await reset.complains(model === 'hid-crescendo' ? 'Take the card out' : 'Take the key off the reader');
        installed.hand('remove');
        await reset.complains(/Put it back|Push it/);
        installed.hand('insert');
        expect((await reset.result()).code).toBe(0);
      });
    },
  );
});

describe('ykman', () => {
  let installed: InstalledSeckey;
  const ykman = (...args: string[]) => pcscd.exec('ykman', ['-r', 'Virtual PCD 00 00', 'fido', ...args]);
  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve('yk', 'yubikey-5-nfc');
  });
  afterAll(() => installed?.close());

  test('agrees on the PIN, before and after it was set and mistyped by seckey', async () => {
    expect((await ykman('info')).stdout).toContain('PIN is not set');
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(FIRST)]);
    await installed.json(['pin', 'verify', '--pin-file', installed.pinFile('wrong one')], 6);
    expect((await ykman('info')).stdout).toContain('PIN is set, with 7 attempt(s) remaining');
  });

  test('changes the PIN, and seckey knows the new one', async () => {
    const { code, stdout, stderr } = await ykman('access', 'change-pin', '--pin', FIRST, '--new-pin', '86429753');
    expect(`${code} ${stdout}${stderr}`).toMatch(/^0 /);
    await installed.json(['pin', 'verify', '--pin-file', installed.pinFile('86429753')]);
  });
});

describe('what can go wrong', () => {
  let installed: InstalledSeckey;
  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve('fragile', 'ctap-2.3', { hand: 'none' });
  });
  afterAll(() => installed?.close());

  test('a card taken away while it waits for a touch', async () => {
    const program = installed.start(['identify', '--json']);
    await program.complains('waits for a touch');
    installed.hand('remove');
    const { code, stdout } = await program.result();
    expect([code, JSON.parse(stdout).error.code]).toEqual([4, 'key-removed']);
    expect((await installed.json(['list'])).keys).toEqual([]);
    installed.hand('insert');
    await expect.poll(async () => (await installed.json(['list'])).keys, { timeout: 10_000 }).toHaveLength(1);
  });

  test('Ctrl-C while it waits for a touch: cancelled, and the card can be used at once', async () => {
    const program = installed.start(['identify']);
    await program.complains('waits for a touch');
    const { code } = await program.stop('SIGINT');
    expect(code).toBe(130);
    expect(await installed.json(['pin', 'status'])).toMatchObject({ set: false });
  });

  test('another program holds the card', async () => {
    const holder = pcscd.spawn(PYTHON, [
      '-c',
      `
from smartcard.System import readers
from smartcard.scard import SCARD_SHARE_EXCLUSIVE
connection = readers()[0].createConnection()
connection.connect(mode=SCARD_SHARE_EXCLUSIVE)
print("held", flush=True)
input()
`,
    ]);
    await holder.says('held');
    const { keys } = await installed.json(['list']);
    expect(keys).toMatchObject([{ transport: 'nfc', error: { code: 'key-busy' } }]);
    expect(await installed.json(['info'], 4)).toMatchObject({ error: { code: 'key-busy', exit: 4 } });
    await holder.stop();
  });

  test('pcscd stopped: said at once, with the mend; started again: everything works', async () => {
    await pcscd.stopDaemon();
    const { error } = await installed.json(['-t', 'nfc', 'info'], 4);
    expect(error).toMatchObject({ code: 'pcscd-not-running', hint: expect.stringContaining('pcscd') });
    await installed.unserve();
    await pcscd.startDaemon();
    await installed.serve('again', 'hid-crescendo');
    expect((await installed.json(['list'])).keys).toHaveLength(1);
  });
});

test('two keys on two readers: one has to be named, and by its reader it can be', async () => {
  const [one, two] = [new InstalledSeckey(pcscd), new InstalledSeckey(pcscd)];
  try {
    await one.serve('one', 'ctap-2.3', { reader: 0 });
    await two.serve('two', 'hid-crescendo', { reader: 1 });
    expect((await one.json(['list'])).keys).toHaveLength(2);
    expect(await one.json(['info'], 3)).toMatchObject({ error: { code: 'several-keys' } });
    expect(await one.json(['info', '-k', '00 01'])).toMatchObject({ key: { reader: pcscd.readers[1]?.name } });
  } finally {
    await one.close();
    await two.close();
  }
});

test('a batch of resets on empty readers ends with the time that a person was given', async () => {
  const installed = new InstalledSeckey(pcscd);
  try {
    const batch = ['-t', 'nfc', 'reset', '--each', '--yes', '--count', '1', '--timeout', '1'];
    expect(await installed.json(batch, 8)).toMatchObject({ error: { code: 'person-timeout' } });
  } finally {
    await installed.close();
  }
});

test('pico-fido: a wrong PIN is a wrong PIN, although it comes as status word 64xx', async () => {
  const installed = new InstalledSeckey(pcscd);
  try {
    await installed.serve('pico', 'pico-fido');
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(FIRST)]);
    expect(await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(SECOND)], 6)).toMatchObject({
      error: { code: 'pin-invalid', retries: 7, status: 'CTAP2_ERR_PIN_INVALID' },
    });
    expect(await installed.json(['pin', 'verify', '--pin-file', installed.pinFile(FIRST)])).toEqual({ verified: true });
  } finally {
    await installed.close();
  }
});
