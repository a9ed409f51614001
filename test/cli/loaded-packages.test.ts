/** Start-up is most of what a short command costs: each loads the packages that it needs, and no other. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scratch } from '../support/built-cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Notes the package of each file that is loaded. */
const HOOK = `
  const { Module } = require('node:module');
  const { writeFileSync } = require('node:fs');
  const packages = new Set();
  const load = Module._extensions['.js'];
  Module._extensions['.js'] = (module, file) => {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules\\/)/.exec(file) ?? [];
    if (name !== undefined) packages.add(name);
    return load(module, file);
  };
  process.on('exit', () => writeFileSync(process.env.LOADED, [...packages].sort().join(' ')));
`;

beforeAll(() => {
  writeFileSync(path.join(scratch.directory, 'hook.cjs'), HOOK);
});

async function packagesOf(command: string): Promise<string[]> {
  const { stderr } = await scratch.sh(`NODE_OPTIONS='--require ./hook.cjs' LOADED=loaded seckey ${command}`);
  expect(stderr).not.toContain('bug in seckey');
  return readFileSync(path.join(scratch.directory, 'loaded'), 'utf8').split(' ').filter(Boolean);
}

test('--version and --help load none', async () => {
  expect(await packagesOf('--version')).toEqual([]);
  expect(await packagesOf('--help')).toEqual([]);
});

test('looking for keys on USB loads what reaches them, and nothing of the software key', async () => {
  const packages = await packagesOf('list --transport usb --json');
  expect(packages).toContain('node-hid');
  expect(packages).toEqual(packages.filter((name) => ['node-hid', 'pkg-prebuilds'].includes(name)));
});

test('a software key loads its curves', async () => {
  await scratch.sh('seckey virtual create it --quiet');
  expect(await packagesOf('--key virtual:it info')).toContain('@noble/curves');
});
