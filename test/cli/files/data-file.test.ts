import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readData, writeData } from '../../../src/cli/files/data-file.ts';

let directory: string;
const at = (name: string) => path.join(directory, name);
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seckey-data-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a new file is its owner’s alone', async () => {
  await writeData(at('out'), Uint8Array.of(1, 0, 255));
  expect([...readFileSync(at('out'))]).toEqual([1, 0, 255]);
  if (process.platform !== 'win32') expect(statSync(at('out')).mode & 0o777).toBe(0o600);
});

test('a link stays a link', async () => {
  writeFileSync(at('real'), 'before');
  symlinkSync(at('real'), at('link'));
  await writeData(at('link'), Uint8Array.of(65));
  expect(readFileSync(at('real'), 'utf8')).toBe('A');
  expect(readdirSync(directory).sort()).toEqual(['link', 'real']);
});

test('what cannot be written leaves nothing behind', async () => {
  await expect(writeData(directory, Uint8Array.of(1))).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(writeData(at('no/such'), Uint8Array.of(1))).rejects.toMatchObject({ code: 'invalid-input' });
  expect(readdirSync(directory)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('a device is written, not replaced', async () => {
  await writeData('/dev/null', Uint8Array.of(1));
  expect(statSync('/dev/null').isFile()).toBe(false);
});

test('reading: as long as allowed, longer, missing', async () => {
  writeFileSync(at('in'), 'abc');
  expect(await readData(at('in'), 3)).toEqual(Uint8Array.of(97, 98, 99));
  await expect(readData(at('in'), 2)).rejects.toMatchObject({ code: 'too-large' });
  await expect(readData(at('out'), 2)).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(readData(directory, 2)).rejects.toMatchObject({ code: 'invalid-input' });
});
