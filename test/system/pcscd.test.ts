import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { Pcscd } from './support/pcscd.ts';
import { PYTHON, parsePeer, peer } from './support/peers.ts';
import { SCRIPTED_AAGUID } from './support/scripted-key.ts';

const LIST = 'import json; from smartcard.System import readers; print(json.dumps([r.name for r in readers()]))';

let card: string;

beforeAll(async () => {
  card = await bundle(new URL('programs/vpcd-card.ts', import.meta.url));
});

describe('a pcscd of its own', () => {
  let pcscd: Pcscd;
  beforeAll(async () => {
    pcscd = await Pcscd.start();
  });
  afterAll(() => pcscd?.stop());

  test('has the readers it says it has', async () => {
    expect(pcscd.readers.map(({ name }) => name)).toEqual(['Virtual PCD 00 00', 'Virtual PCD 00 01']);
    const { stdout } = await pcscd.exec(PYTHON, ['-c', LIST]);
    expect(JSON.parse(stdout)).toEqual(pcscd.readers.map(({ name }) => name));
  });

  test('sees a served card come, go and come again, and other clients talk to it', async () => {
    const [reader] = pcscd.readers;
    const served = pcscd.spawn(process.execPath, [card, `${reader?.port}`]);
    await served.says('inserted');
    const scan = pcscd.spawn('pcsc_scan', ['-n']);
    await scan.says(/Card inserted[\s\S]*ATR: 3B 80 80 01 01/);
    const info = () => pcscd.exec(PYTHON, [peer('info'), '--reader', 'Virtual PCD 00 00']);
    expect(parsePeer(await info())).toEqual({
      members: { 1: ['FIDO_2_0'], 3: SCRIPTED_AAGUID },
      known: { VERSIONS: ['FIDO_2_0'], AAGUID: SCRIPTED_AAGUID },
    });

    served.write('remove');
    await scan.says(/Event number: 2\s+Card state: Card removed/);
    expect(parsePeer(await info())).toMatchObject({ error: { name: expect.stringContaining('Exception') } });

    served.write('insert');
    await scan.says(/Event number: 3\s+Card state: Card inserted/);
    expect(parsePeer(await info())).toMatchObject({ members: { 3: SCRIPTED_AAGUID } });
    await scan.stop();
    expect(await served.stop()).toMatchObject({ code: 0, stdout: expect.stringContaining('closed stopped') });
  });

  test('refuses a second card on one reader', async () => {
    const port = `${pcscd.readers[1]?.port}`;
    const first = pcscd.spawn(process.execPath, [card, port]);
    await first.says('inserted');
    const second = await pcscd.exec(process.execPath, [card, port]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('key-busy') });
    await first.stop();
  });

  test('can be stopped under a card, and started again', async () => {
    const port = `${pcscd.readers[0]?.port}`;
    const served = pcscd.spawn(process.execPath, [card, port]);
    await served.says('inserted');
    await pcscd.stopDaemon();
    await served.says('closed disconnected');
    const refused = await pcscd.exec(process.execPath, [card, port]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('pcscd-not-running') });
    await pcscd.startDaemon();
    const again = pcscd.spawn(process.execPath, [card, port]);
    await again.says('inserted');
    await again.stop();
  });
});

test('several run side by side, with up to 16 readers each', async () => {
  const daemons = await Promise.all([Pcscd.start(16), Pcscd.start(4)]);
  try {
    for (const pcscd of daemons) {
      const { stdout } = await pcscd.exec(PYTHON, ['-c', LIST]);
      expect(JSON.parse(stdout)).toEqual(pcscd.readers.map(({ name }) => name));
    }
    const last = daemons[0]?.readers.at(-1);
    const served = daemons[0]?.spawn(process.execPath, [card, `${last?.port}`]);
    await served?.says('inserted');
    const result = await daemons[0]?.exec(PYTHON, [peer('info'), '--reader', `${last?.name}`]);
    expect(result?.stdout).toContain(SCRIPTED_AAGUID);
  } finally {
    await Promise.all(daemons.map((pcscd) => pcscd.stop()));
  }
});
