/** What people are advised to type can be typed: each command line in the messages names a command that there is, and its options. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildProgram } from '../../../src/cli/program/program.ts';
import { literals } from '../../support/literals.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/', import.meta.url));

interface Declared {
  name(): string;
  aliases(): readonly string[];
  commands: readonly Declared[];
  options: readonly { long?: string | undefined; short?: string | undefined }[];
}

const program: Declared = buildProgram(() => async () => {});

const flagsOf = ({ options }: Declared) => options.flatMap(({ long, short }) => [long, short]);

/** Words that no command and no option of seckey's is, in one command line as it stands in a sentence. */
function unknownWords(line: string): string[] {
  const words = line.split(/[\s,]+/);
  let command = program;
  const flags = new Set(['--help', '-h', ...flagsOf(program)]);
  const unknown: string[] = [];
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next) {
      command = next;
      for (const flag of flagsOf(next)) flags.add(flag);
    } else if (/^--?[a-z]/.test(word)) {
      if (!flags.has(word)) unknown.push(word);
    } else if (command.commands.length > 0) {
      // The sentence goes on; `seckey …` alone opens the menus.
      if (command !== program) unknown.push(word);
      break;
    }
  }
  return unknown;
}

/** Command lines of a text: from `seckey` and a word in small letters to the end of the clause. */
function commandLines(text: string): string[] {
  const names = program.commands.flatMap((command) => [command.name(), ...command.aliases()]).join('|');
  const pattern = new RegExp(`\\bseckey ((?:${names})\\b(?:[ \\t]+(?:[a-z][a-z-]*|[A-Z]+|-{1,2}[a-z][a-z-]*))*)`, 'g');
  return [...text.matchAll(pattern)].map(([, line = '']) => line);
}

const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test('each command line in what seckey says can be typed', async () => {
  const found: string[] = [];
  const wrong: string[] = [];
  for (const file of files) {
    const lines = (await literals(readFileSync(CLI + file, 'utf8'))).flatMap(commandLines);
    found.push(...lines);
    wrong.push(...lines.filter((line) => unknownWords(line).length > 0).map((line) => `${file}: seckey ${line}`));
  }
  expect(found.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

test.each([
  ['What it can do: seckey info --all', ['--all']],
  ['seckey pin frobnicate', ['frobnicate']],
  ['Next: seckey pin set', []],
  ['Look with seckey fingerprints list, then go on.', []],
  ['seckey blobs set CREDENTIAL FILE', []],
  ['seckey virtual create NAME --model hostile', []],
])('%s', (text, unknown) => {
  expect(commandLines(text).flatMap(unknownWords)).toEqual(unknown);
});
