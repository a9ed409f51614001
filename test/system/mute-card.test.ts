/** A card that never ends, on a real pcscd: the others are listed, Ctrl-C works, and the process ends as it should. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { Pcscd } from './support/pcscd.ts';
import type { Program } from './support/program.ts';
import { InstalledSeckey } from './support/seckey.ts';

/** Far more than the second that it may take, and less than any limit of a card. */
const SOON_MS = 4_000;
/** As people run it; with SECKEY_DEBUG it would be waited for what it leaves behind. */
const PLAIN = { env: { SECKEY_DEBUG: '' } };

// test/system/pcsc-mini.test.ts runs all of this once more.
process.env.SECKEY_PCSC ??= 'nfc-pcsc';

let pcscd: Pcscd;
let installed: InstalledSeckey;
let card: string;
beforeAll(async () => {
  card = await bundle(new URL('programs/odd-card.ts', import.meta.url));
  pcscd = await Pcscd.start(4);
  installed = new InstalledSeckey(pcscd);
  await installed.serve('good', 'ctap-2.3');
});
afterAll(async () => {
  await installed?.close();
  await pcscd?.stop();
});

const nameOf = (index: number) => pcscd.readers[index]?.name ?? '';

/** Lays a card on a reader while something is done with it. */
async function withCard(index: number, kind: string, work: (served: Program, reader: string) => Promise<void>) {
  const served = pcscd.spawn(process.execPath, [card, `${pcscd.readers[index]?.port}`, kind]);
  await served.says('inserted');
  try {
    await work(served, nameOf(index));
  } finally {
    await served.stop('SIGKILL');
  }
}

test('a list holds the others, and says what is wrong with each that is mute or never ends', () =>
  withCard(1, 'mute', () =>
    withCard(2, 'busy', async () => {
      const { code, stdout } = await installed.seckey(['list', '--json'], PLAIN);
      const { keys } = JSON.parse(stdout);
      expect(code).toBe(0);
      expect(keys).toMatchObject([
        { reader: nameOf(0), aaguid: expect.any(String) },
        { reader: nameOf(1), error: { code: 'no-answer', message: 'the card has not answered for 5 s' } },
        { reader: nameOf(2), error: { code: 'no-answer', message: 'the key has not finished getInfo within 10 s' } },
      ]);
    }),
  ));

test.each([
  ['mute', ['list']],
  ['mute', ['list', '--watch']],
  ['busy', ['info']],
  ['trickle', ['pin', 'status']],
])('Ctrl-C at a card that is %s: %j ends with 130', (kind, command) =>
  withCard(3, kind, async (served, reader) => {
    const program = installed.start(command[0] === 'list' ? command : ['-k', reader, ...command], PLAIN);
    await served.says('asked');
    const { code, stderr } = await program.stop('SIGINT', SOON_MS);
    expect([code, stderr]).toEqual([130, expect.stringContaining('Interrupted')]);
  }),
);

test('a card gone mute: exit code 4 and not a signal, and nothing is left behind', () =>
  withCard(3, 'mute', async (served, reader) => {
    const program = installed.start(['-k', reader, 'info', '--json'], PLAIN);
    await served.says('asked');
    const host = (await pcscd.exec('pgrep', ['-P', `${program.pid}`])).stdout.trim();
    expect(host).toMatch(/^\d+$/);
    const { code, stdout } = await program.result();
    expect([code, JSON.parse(stdout).error.code]).toEqual([4, 'no-answer']);
    // The process in which the library still waits for the card.
    await expect
      .poll(async () => (await pcscd.exec('ps', ['-o', 'args=', '-p', host])).stdout)
      .not.toContain('pcsc-host');
  }));

test('two Ctrl-C on a silent card', () =>
  withCard(3, 'mute', async (served, reader) => {
    const program = installed.start(['-k', reader, 'info'], PLAIN);
    await served.says('asked');
    void program.stop('SIGINT', SOON_MS);
    expect((await program.stop('SIGINT', SOON_MS)).code).toBe(130);
  }));

test('a software key whose answers never end, laid on a reader: exit code 4 in time', async () => {
  const rehearsal = new InstalledSeckey(pcscd);
  try {
    await rehearsal.serve('endless', 'hostile-card-byte-by-byte', { reader: 3 });
    const { error } = await rehearsal.json(['-k', nameOf(3), 'info'], 4, PLAIN);
    expect(error).toMatchObject({
      code: 'malformed-response',
      message: expect.stringContaining('more than 1024 parts'),
    });
  } finally {
    await rehearsal.close();
  }
});
