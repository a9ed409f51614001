/** Fingerprints on one card, enrolled, named and deleted by seckey, python-fido2 and ykman. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { type Document, InstalledSeckey } from './support/seckey.ts';

const PIN = '24681357';
const SAMPLES = 4;
const FP_DATABASE_FULL = 0x17;
const INVALID_LENGTH = 0x03;

let pcscd: Pcscd;
let installed: InstalledSeckey;
let pin: string[];
beforeAll(async () => {
  pcscd = await Pcscd.start();
  installed = new InstalledSeckey(pcscd);
  await installed.serve('sensor', 'ctap-2.3');
  pin = ['--pin-file', installed.pinFile(PIN)];
  await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(PIN)]);
});
afterAll(async () => {
  await installed?.close();
  await pcscd?.stop();
});

const seckey = (...args: string[]) => installed.json(['fingerprints', ...args, ...pin]);
const python = (action: string, input: object = {}) =>
  installed.python('fingerprints', [action], { pin: PIN, ...input });

async function ykman(...args: string[]): Promise<string> {
  const command = ['-r', 'Virtual PCD 00 00', 'fido', 'fingerprints', ...args, '--pin', PIN];
  const { code, stdout, stderr } = await pcscd.exec('ykman', command);
  expect(code, `ykman ${args.join(' ')}:\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** What all three list; fails unless they agree. */
async function listed(): Promise<Document[]> {
  const { fingerprints } = await seckey('list');
  expect((await python('list')).fingerprints).toEqual(fingerprints);
  const lines = fingerprints.map(({ templateId, name }: Document) => `ID: ${templateId} (${name})\n`);
  expect(await ykman('list')).toBe(lines.join(''));
  return fingerprints;
}

const names = async () => (await listed()).map(({ name }) => name);

test('the sensor', async () => {
  const sensor = await installed.json(['fingerprints', 'sensor']);
  expect(sensor).toMatchObject({ fingerprintKind: 'touch', maxCaptureSamplesRequiredForEnroll: SAMPLES });
  expect(await python('sensor')).toEqual({ kind: 1, samples: SAMPLES });
});

test('none yet, which getInfo says too', async () => {
  expect(await listed()).toEqual([]);
  expect((await installed.python('info')).members['4']).toMatchObject({ bioEnroll: false, uv: false });
});

test('one enrolled by each of the three', async () => {
  const thumb = await seckey('add', '--name', 'إبهام');
  expect(thumb).toMatchObject({ name: 'إبهام', samples: SAMPLES });
  const index = await python('enroll', { name: '人差し指' });
  expect(index.samples).toEqual(Array(SAMPLES).fill(0));
  expect(await ykman('add', 'Left ring')).toContain('Capture complete.');
  const fingerprints = await listed();
  expect(fingerprints.map(({ name }) => name)).toEqual(['إبهام', '人差し指', 'Left ring']);
  expect(fingerprints[0]?.templateId).toBe(thumb.templateId);
  expect(fingerprints[1]?.templateId).toBe(index.templateId);
  expect((await installed.json(['info'])).options).toMatchObject({ bioEnroll: true, uv: true });
});

test('other names: seckey to what python-fido2 enrolled, and so on round', async () => {
  const [first, second, third] = (await listed()).map(({ templateId }) => templateId);
  await seckey('rename', second, 'ноготь');
  await python('rename', { templateId: third, name: 'Zeigefinger' });
  await ykman('rename', first, 'thumb');
  expect(await names()).toEqual(['thumb', 'ноготь', 'Zeigefinger']);
});

test('a name that is too long: refused by the key, and before by seckey; the old one stays', async () => {
  const [first] = await listed();
  const name = 'ü'.repeat(33);
  const refused = await installed.pythonResult('fingerprints', ['rename'], {
    pin: PIN,
    templateId: first?.templateId,
    name,
  });
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { status: INVALID_LENGTH } });
  const unsent = await installed.json(['fingerprints', 'rename', first?.templateId, name, ...pin], 9);
  expect(unsent).toMatchObject({ error: { code: 'too-large' } });
  expect((await names())[0]).toBe('thumb');
});

test('no room for a sixth finger: both are told so', async () => {
  await python('enroll', { name: 'four' });
  await python('enroll', { name: 'five' });
  const refused = await installed.pythonResult('fingerprints', ['enroll'], { pin: PIN, name: 'six' });
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { status: FP_DATABASE_FULL } });
  expect(await installed.json(['fingerprints', 'add', '--name', 'six', ...pin], 9)).toMatchObject({
    error: { status: 'CTAP2_ERR_FP_DATABASE_FULL' },
  });
  expect(await names()).toHaveLength(5);
});

test('deleted one by one, by each of the three; with the last, the sensor is out of use', async () => {
  const [first, second, third, ...others] = (await listed()).map(({ templateId }) => templateId);
  expect(await seckey('delete', second, '--yes')).toEqual({ templateId: second });
  expect(await names()).toEqual(['thumb', 'Zeigefinger', 'four', 'five']);
  await python('delete', { templateId: first });
  expect(await names()).toEqual(['Zeigefinger', 'four', 'five']);
  await ykman('delete', third, '--force');
  expect(await names()).toEqual(['four', 'five']);
  for (const templateId of others) await python('delete', { templateId });
  expect(await listed()).toEqual([]);
  expect((await installed.json(['info'])).options).toMatchObject({ bioEnroll: false, uv: false });
});
