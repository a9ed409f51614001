/** Every sentence that the command line says to people is in src/cli/messages/, so that it can be found, compared and kept. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { literals } from '../support/literals.ts';

const CLI = fileURLToPath(new URL('../../src/cli/', import.meta.url));

/** commander takes the words of --help where a command is declared. */
const DECLARATIONS = /^(command-groups|program)\/|^global-options\.ts$/;

/** Two words with a space between them. */
const SENTENCE = /\p{L}{2,}[,.:;]? +\p{L}{2,}/u;

const sentences = async (source: string) => (await literals(source)).filter((text) => SENTENCE.test(text));

const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.startsWith('messages/') && !DECLARATIONS.test(file),
);

test('there are files to look at, and words', async () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files).toContain('commands/pin.ts');
  expect((await sentences(readFileSync(`${CLI}messages/pin.ts`, 'utf8'))).length).toBeGreaterThan(5);
});

test.each(files)('%s says nothing in its own words', async (file) => {
  expect(await sentences(readFileSync(CLI + file, 'utf8'))).toEqual([]);
});

describe('a sentence is found', () => {
  test.each([
    ["out.say('The PIN is set.')", 'The PIN is set.'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    ['out.wait(() => `Sample ${n} of five`)', 'Sample … of five'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    ["throw new FidoError('usage', `cannot read ${path}: no`, { hint: 'x' })", 'cannot read …: no'],
    ["const LATER = 'nothing was changed' as const; askYesNo(LATER)", 'nothing was changed'],
  ])('%s', async (source, sentence) => expect(await sentences(source)).toEqual([sentence]));

  test('and a code, a flag, a format or a comment is none', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    const source = "/* not this */ f('invalid-input', '--json', `${a}  ${b}`, /two words/, 'rpId', 'a, b', `${n} ms`)";
    expect(await sentences(source)).toEqual([]);
  });
});
