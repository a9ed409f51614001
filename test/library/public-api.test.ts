/**
 * What a program can import, as a list that a change shows in. Whoever changes it reads it first:
 * npx vitest run test/library/public-api.test.ts -u
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENTRY_POINTS, publicSymbols } from '../support/public-symbols.ts';

test('the public symbols of each entry point', async () => {
  const sections = ENTRY_POINTS.map(([name, file]) => {
    const symbols = publicSymbols(file);
    const lines = symbols.map((symbol) => `${symbol.isType ? 'type ' : ''}${symbol.name}`).toSorted(byName);
    const root = symbols.filter((symbol) => !symbol.name.includes('.')).length;
    const counts = root === lines.length ? `${lines.length}` : `${root}, with those in namespaces ${lines.length}`;
    return `${name} (${counts})\n${lines.map((line) => `  ${line}\n`).join('')}`;
  });
  await expect(sections.join('\n')).toMatchFileSnapshot('public-api.txt');
});

function byName(a: string, b: string): number {
  return a.replace('type ', '') < b.replace('type ', '') ? -1 : 1;
}

test.each(ENTRY_POINTS)('every symbol of %s says what it is', (_, file) => {
  const silent = publicSymbols(file).filter(({ docstring }) => docstring === undefined);
  expect(silent.map(({ name, file: where }) => `${name} in ${where}`)).toEqual([]);
});

test('package.json exports these entry points and no others', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const names = Object.keys(exports).filter((name) => name !== './package.json');
  expect(names.map((name) => name.replace('.', 'seckey')).toSorted()).toEqual(ENTRY_POINTS.map(([name]) => name));
});

test('each command of CTAP2 is declared there', async () => {
  const { COMMANDS, ...ctap2 } = await import('../../src/ctap2/index.ts');
  expect(Object.values(COMMANDS)).toHaveLength(13);
  const exported = new Set<unknown>(Object.values(ctap2));
  expect(Object.entries(COMMANDS).filter(([, command]) => !exported.has(command))).toEqual([]);
});

test('a name means one thing at the root, also where it is a namespace', () => {
  const names = publicSymbols('index.ts').map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
