/**
 * seckey beside GnuPG, which keeps a card that it knows: a real scdaemon on a real pcscd, and the software key as one more
 * applet of an OpenPGP card, as YubiKeys are.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { commandsOf, DOCTOR, outcome } from './support/doctor.ts';
import { Pcscd } from './support/pcscd.ts';
import { InstalledSeckey } from './support/seckey.ts';

let pcscd: Pcscd;
let installed: InstalledSeckey;
let env: Record<string, string>;

beforeAll(async () => {
  const card = await bundle(new URL('programs/openpgp-card.ts', import.meta.url));
  pcscd = await Pcscd.start();
  installed = new InstalledSeckey(pcscd);
  env = { HOME: installed.directory, GNUPGHOME: `${installed.directory}/.gnupg` };
  // GnuPG has its sockets there for whoever is logged in, and a real agent must not be met.
  await shell('[ ! -d /run/user ] || mount -t tmpfs tmpfs /run/user');
  // Its own driver for readers would look for USB devices, and not find any.
  await shell('mkdir -m 700 ~/.gnupg && echo disable-ccid > ~/.gnupg/scdaemon.conf');
  await pcscd.spawn(process.execPath, [card, `${pcscd.readers[0]?.port}`]).says('inserted');
});

afterAll(async () => {
  if (pcscd) await shell('gpgconf --kill all');
  await installed?.close();
  await pcscd?.stop();
});

const shell = (script: string) => pcscd.exec('bash', ['-c', script], { env });
const doctor = async () => outcome(await shell(`${DOCTOR} -t nfc --json`));

/** GnuPG looks at the card, and keeps it. gpg-agent notices only after seconds that its scdaemon was ended. */
async function gnupgTakesTheCard(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { code, stdout, stderr } = await shell('gpg --card-status');
      expect(`${code} ${stdout}${stderr}`).toMatch(
        /^0 Reader[ .]*: Virtual PCD 00 00\nApplication ID[ .]*: D2760001240102/,
      );
    },
    { timeout: 20_000, interval: 500 },
  );
}

test('GnuPG holds the card: doctor names it, and what it says to do helps', async () => {
  expect(await doctor()).toMatchObject({ code: 0, found: ['nfc-key-works:ok'] });
  await gnupgTakesTheCard();

  const info = await installed.seckey(['info']);
  expect(info.code).toBe(4);
  expect(info.stderr).toMatch(/another program is using the card[\s\S]*GnuPG \(gpgconf --kill scdaemon\) or a browser/);
  const list = await installed.seckey(['list']);
  expect(list.code).toBe(0);
  expect(list.stdout).toMatch(/cannot be used: another program is using the card[\s\S]*GnuPG/);

  const { code, found, message, mend } = await doctor();
  expect({ code, found }).toEqual({ code: 4, found: ['key-busy:problem'] });
  const [, pid = ''] = /may be: scdaemon \((\d+)\)/.exec(message('key-busy')) ?? [];
  expect((await shell(`tr '\\0' ' ' < /proc/${pid}/environ`)).stdout).toContain(`GNUPGHOME=${env.GNUPGHOME} `);
  const [release = '', ...forGood] = commandsOf(mend('key-busy')).filter((command) => !command.startsWith('kill'));
  expect(release).toBe('gpgconf --kill scdaemon');
  await shell(release);
  expect(await doctor()).toMatchObject({ code: 0, found: ['nfc-key-works:ok'] });
  expect((await installed.json(['info'])).key.transport).toBe('nfc');

  // It comes back with the next question to it, until it is told to leave cards alone.
  await gnupgTakesTheCard();
  expect((await installed.seckey(['info'])).code).toBe(4);
  await shell(forGood.join('\n'));
  expect((await shell('gpg --card-status')).code).not.toBe(0);
  expect(await doctor()).toMatchObject({ code: 0, found: ['nfc-key-works:ok'] });
  expect((await installed.seckey(['info'])).code).toBe(0);
}, 90_000);

test.each(['card-timeout 1', 'pcsc-shared'])(
  'its own %s is no help, so doctor does not advise it',
  async (setting) => {
    await shell(`gpgconf --kill all; rm -f ~/.gnupg/gpg-agent.conf
    printf '%s\\n' disable-ccid '${setting}' > ~/.gnupg/scdaemon.conf`);
    await gnupgTakesTheCard();
    // Its timer ticks twice a second.
    await shell('sleep 2');
    const { found, mend } = await doctor();
    expect(found).toEqual(['key-busy:problem']);
    expect(mend('key-busy')).not.toContain(setting.split(' ')[0]);
  },
  60_000,
);
