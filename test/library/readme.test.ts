/** The samples of README.md: they compile as strictly as this project does, and do what the text around them says. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { programCommand, Scratch } from '../support/built-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const samples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, source]) => source as string);

const scratch = new Scratch();
afterAll(() => scratch.remove());

test('there are three: a key, an authorisation, a software key', () => {
  expect(samples).toHaveLength(3);
});

test('all compile under strict', () => {
  const directory = path.join(root, '.cache/readme');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [i, source] of samples.entries()) writeFileSync(path.join(directory, `sample-${i}.ts`), source);
  writeFileSync(
    path.join(directory, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts', '../../src/transport/nfc/nfc-pcsc.d.ts'] }),
  );
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
  expect([stdout, status]).toEqual(['', 0]);
});

test('the first lists the passkeys of a software key, and the second deletes those of one site', async () => {
  await scratch.sh('seckey virtual create demo --demo');
  const [list = '', forget = ''] = samples;
  const onSoftwareKey = list.replace('new Discovery()', "await softwareKeys.open(['demo'])");
  const listed = await scratch.sh(
    await programCommand('readme-list', `import { softwareKeys } from 'seckey';\n${onSoftwareKey}`),
  );
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toContain('FIDO_2_3');
  expect(listed.stdout).toContain('retries: 8');
  expect(listed.stdout).toMatch(/^example\.com 2$/m);

  const both = `import { softwareKeys } from 'seckey';\n${forget}\n{ ${withoutImports(onSoftwareKey, 'forget(session, "example.com", person)')} }`;
  const deleted = await scratch.sh(await programCommand('readme-forget', both));
  expect(deleted).toMatchObject({ code: 0, stderr: '' });
  expect(deleted.stdout).toMatch(/^2$/m);
});

/** The first sample as a block, which ends with what `last` answers. */
function withoutImports(source: string, last: string): string {
  return source
    .replace(/^import .*$/m, "const { Discovery, FidoError, pin, Session } = await import('seckey');")
    .replace(/^ {2}if \(credentials\.supports[\s\S]*?^ {2}\}$/m, `  console.log(await ${last});`);
}

test('the third asks a software key what it is', async () => {
  const { stdout, code } = await scratch.sh(await programCommand('readme-authenticator', samples[2] ?? ''));
  expect([code, stdout]).toEqual([0, expect.stringContaining('FIDO_2_3')]);
});
