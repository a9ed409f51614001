/** ykman and seckey on one card: passkeys, fingerprints, settings. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bySite, credentialsOf, without } from './support/credential-list.ts';
import { Pcscd } from './support/pcscd.ts';
import { InstalledSeckey } from './support/seckey.ts';

/** Of a software key with sample content. */
const PIN = '12345678';

let pcscd: Pcscd;
beforeAll(async () => {
  pcscd = await Pcscd.start();
});
afterAll(() => pcscd?.stop());

/** Runs ykman; it has to succeed. */
async function ykman(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pcscd.exec('ykman', ['-r', 'Virtual PCD 00 00', ...args]);
  expect(code, `ykman ${args.join(' ')}:\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const lines = (text: string) => text.trim().split('\n');

describe.each(['yubikey-5-nfc', 'ctap-2.3'])('%s', (model) => {
  let installed: InstalledSeckey;
  let pin: string[];
  const list = () => installed.json(['credentials', 'list', ...pin]);
  const ykmanList = async () => lines(await ykman('fido', 'credentials', 'list', '--pin', PIN));
  /** As ykman words it. */
  const inItsWords = async () => credentialsOf(await list()).map(({ rpId, user }) => `${rpId} ${user.id} ${user.name}`);

  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model, { demo: true });
    pin = ['--pin-file', installed.pinFile(PIN)];
  });
  afterAll(() => installed?.close());

  test('lists the passkeys that seckey lists, once all have the names it insists on', async () => {
    const nameless = credentialsOf(await list()).filter(({ user }) => user.name === undefined);
    expect(nameless).toHaveLength(1);
    await installed.json(['credentials', 'update-user', `${nameless[0]?.credentialId}`, '--name', 'Наташа', ...pin]);
    expect(await ykmanList()).toEqual(await inItsWords());
    expect(await ykmanList()).toContainEqual(expect.stringMatching(/^anonymous\.example [0-9a-f]{32} Наташа$/));
    expect(await ykmanList()).toHaveLength(8);
  });

  test('deletes one, seckey another; each sees it', async () => {
    const before = await list();
    const [tanaka, bob] = ['山田太郎', 'bob@example.com'].map(
      (name) => credentialsOf(before).find(({ user }) => user.name === name)?.credentialId,
    );
    await ykman('fido', 'credentials', 'delete', '--pin', PIN, '--force', '山田太郎');
    const after = await list();
    expect(bySite(after)).toEqual(bySite(without(before, tanaka)));
    await installed.json(['credentials', 'delete', '--yes', bob, ...pin]);
    expect(bySite(await list())).toEqual(bySite(without(after, bob)));
    expect(await ykmanList()).toEqual(await inItsWords());
    expect(await ykmanList()).toHaveLength(6);
  });

  test('says what seckey changed in the settings', async () => {
    expect(await ykman('fido', 'info')).toContain('Always Require User Verification is turned off.');
    await installed.json(['config', 'always-uv', 'on', ...pin]);
    expect(await ykman('fido', 'info')).toContain('Always Require User Verification is turned on.');
    await installed.json(['config', 'always-uv', 'off', ...pin]);
    expect(await ykman('fido', 'info')).toContain('Always Require User Verification is turned off.');
    expect(await ykman('fido', 'info')).not.toContain('must be changed');
    await installed.json(['pin', 'force-change', ...pin]);
    expect(await ykman('fido', 'info')).toContain('must be changed');
    await ykman('fido', 'access', 'change-pin', '--pin', PIN, '--new-pin', '86429753');
    expect(await installed.json(['config', 'show'])).toMatchObject({ forcePINChange: false });
    await installed.json(['pin', 'verify', '--pin-file', installed.pinFile('86429753')]);
  });
});

test('a YubiKey tells ykman which applications it has on which transport', async () => {
  const installed = new InstalledSeckey(pcscd);
  try {
    await installed.serve('yk', 'yubikey-5-nfc');
    const { key } = await installed.json(['info']);
    const info = await ykman('info');
    expect(info).toContain(`Serial number: ${key.serial}`);
    expect(info).toContain('Firmware version: 5.7.1');
    expect(await ykman('config', 'nfc', '--list')).toBe('FIDO U2F\nFIDO2\n');
    expect(await ykman('config', 'usb', '--list')).toBe('FIDO U2F\nFIDO2\n');
  } finally {
    await installed.close();
  }
});
