/** What a command declares and what it takes cannot be told apart by a renaming: the compiler refuses the difference. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const GROUPS = 'src/cli/command-groups';

interface Mutant {
  /** Path, what stands there, and what takes its place. The compiler must object to the last file. */
  changes: readonly (readonly [file: string, from: string, to: string])[];
}

function declaration(group: string, from: string, to: string): Mutant {
  return { changes: [[`${GROUPS}/${group}.ts`, from, to]] };
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'an option of pin set and change has another name': declaration('pin', '--new-pin-out <file>', '--new-out <file>'),
  'a flag of pin verify has another name': declaration('pin', '--replugged', '--reinserted'),
  'an option of pin min-length is given once only': declaration('pin', '--rp-id <id...>', '--rp-id <id>'),
  'an option of credentials has another name': declaration('credentials', '--display-name <name>', '--person <name>'),
  'an option of credentials lacks a choice': declaration('credentials', "['json', 'csv']", "['json']"),
  'an option of reset has another name': declaration('reset', '--count <n>', '--number <n>'),
  'an option of reset is not made a number': declaration('reset', "failed ones included', count)", "all included')"),
  'a flag of reset has a value': declaration('reset', "'--each'", "'--each <n>'"),
  'an option of virtual create has no default': declaration('virtual', "\n  .default('auto')", ''),
  'an option that nobody takes': declaration(
    'fingerprints',
    "enrol a finger')",
    "enrol a finger').option('--hand <which>')",
  ),
  'an argument of config lacks a choice': declaration('config', "['on', 'off']", "['on']"),
  'an argument of config has another choice': declaration('config', "['on', 'off']", "['on', 'auto']"),
  'an argument of config may be left out': declaration('config', '<state>', '[state]'),
  'an argument of credentials delete is given once only': declaration('credentials', '<id...>', '<id>'),
  'an argument of fingerprints rename is missing': declaration('fingerprints', "\n    .argument('<name>')", ''),
  'an argument that nobody takes': declaration('keys', ".command('info')", ".command('info').argument('<id>')"),
  'a handler takes an option less': {
    changes: [
      ['src/cli/commands/pin.ts', ", _options: Pick<PinOptions, 'replugged'>", ''],
      [`${GROUPS}/pin.ts`, '', ''],
    ],
  },
  'a handler takes an option that is not declared': {
    changes: [
      ['src/cli/commands/info.ts', '{ raw?: true }', '{ raw?: true; hex?: true }'],
      [`${GROUPS}/keys.ts`, '', ''],
    ],
  },
  'a handler knows a choice less': {
    changes: [
      ['src/cli/commands/config.ts', "state: 'on' | 'off'", "state: 'on'"],
      [`${GROUPS}/config.ts`, '', ''],
    ],
  },
  'a global option has another name': {
    changes: [
      ['src/cli/global-options.ts', '--pin-file <path>', '--old-pin-file <path>'],
      ['src/cli/context.ts', '', ''],
    ],
  },
  'a global option is not made a number': {
    changes: [
      ['src/cli/global-options.ts', ', seconds, 60)', ", '60')"],
      ['src/cli/context.ts', '', ''],
    ],
  },
  'the context acts on an option of pin by another name': {
    changes: [
      ['src/cli/context.ts', 'replugged?: true', 'reinserted?: true'],
      ['src/cli/commands/pin.ts', '', ''],
    ],
  },
};

const require = createRequire(import.meta.url);
const TSC = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin/tsc');

const home = mkdtempSync(path.join(tmpdir(), 'seckey-types-'));
afterAll(() => rmSync(home, { recursive: true }));

/** Where a variant of this file is: beside it, so that all of them are compiled at once and none changes another. */
function variantOf(file: string, name: string): string {
  return file.replace(/\.ts$/, `.${name}.ts`);
}

/** Writes the files of a variant, which import each other and otherwise what all others do. */
function write({ changes }: Mutant, name: string): void {
  const files = changes.map(([file]) => file);
  for (const [file, from, to] of changes) {
    const text = readFileSync(path.join(home, file), 'utf8');
    expect(text, file).toContain(from);
    const imports = /(?<=(?:from |import\()')\.[^']+/g;
    const whole = text.replace(from, to).replaceAll(imports, (specifier) => {
      const imported = path.posix.join(path.posix.dirname(file), specifier);
      return files.includes(imported) ? variantOf(specifier, name) : specifier;
    });
    writeFileSync(path.join(home, variantOf(file, name)), whole);
  }
}

/** The files that do not compile, and why. */
function compile(): Promise<Map<string, string>> {
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, '--pretty', 'false'], { cwd: home, maxBuffer: 2 ** 24 }, (_error, stdout) => {
      const errors = stdout.split(/^(?=\S)/m).map((text) => [text.split('(')[0] ?? '', text] as const);
      resolve(new Map(errors.filter(([file]) => file !== '')));
    });
  });
}

let errors: Map<string, string>;
beforeAll(async () => {
  cpSync(path.join(ROOT, 'src'), path.join(home, 'src'), { recursive: true });
  cpSync(path.join(ROOT, 'package.json'), path.join(home, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(home, 'node_modules'));
  const config = { extends: path.join(ROOT, 'tsconfig.json'), include: ['src'] };
  writeFileSync(path.join(home, 'tsconfig.json'), JSON.stringify(config));
  for (const [at, mutant] of Object.values(MUTANTS).entries()) {
    write(mutant, `mutant-${at}`);
    // The same files with nothing changed in them: what the mutant is refused for is the change.
    write({ changes: mutant.changes.map(([file]) => [file, '', '']) }, `control-${at}`);
  }
  errors = await compile();
}, 60_000);

test('what nobody changed compiles', () => {
  expect([...errors].filter(([file]) => !file.includes('.mutant-'))).toEqual([]);
});

test.each(Object.entries(MUTANTS).map(([name, mutant], at) => ({ name, mutant, at })))('$name', ({ mutant, at }) => {
  const [file = ''] = mutant.changes.at(-1) ?? [];
  expect(errors.get(variantOf(file, `mutant-${at}`)), file).toMatch(/error TS\d+: /);
});

test('the package that tells the compiler is never loaded', () => {
  const sources = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const lines = sources
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(path.join(ROOT, 'src', file), 'utf8').split('\n'))
    .filter((line) => line.includes("'@commander-js/extra-typings'"));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^(import|export) type /);
});
