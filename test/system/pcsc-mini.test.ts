/** All that is held against nfc-pcsc on a real pcscd, through the second PC/SC library; and what that one cannot do. */
import { expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { InstalledSeckey } from './support/seckey.ts';

process.env.SECKEY_PCSC = 'pcsc-mini';
await import('./nfc.test.ts');
await import('./mute-card.test.ts');

test('with more than four readers, list and doctor say that some are not looked at, and which library it is', async () => {
  const pcscd = await Pcscd.start(6);
  const installed = new InstalledSeckey(pcscd);
  try {
    const list = await installed.seckey(['list']);
    expect(list.stderr).toContain('Readers are reached through pcsc-mini, which sees 4 at most');
    const { findings } = await installed.json(['-t', 'nfc', 'doctor']);
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'pcsc-library-sees-few-readers', severity: 'warning' }),
    );
    // The other one sees them all.
    const other = await installed.seckey(['list'], { env: { SECKEY_PCSC: 'nfc-pcsc' } });
    expect(other.stderr).not.toContain('at most');
    const wrong = await installed.seckey(['list', '--json'], { env: { SECKEY_PCSC: 'smartcard' } });
    expect([wrong.code, JSON.parse(wrong.stdout).error.code]).toEqual([2, 'usage']);
  } finally {
    await installed.close();
    await pcscd.stop();
  }
});
