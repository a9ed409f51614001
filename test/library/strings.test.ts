/** The library serves any program: what is typed to a command line is said in src/cli/ alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program/program.ts';
import { literals } from '../support/literals.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.startsWith('cli/'),
);

const commands = buildProgram(() => async () => {}).commands.flatMap((command) => [
  command.name(),
  ...command.aliases(),
]);

/** A command of seckey's, or seckey with an option. */
const COMMAND = new RegExp(`\\bseckey (${commands.join('|')}|help|-)(?![a-z])`);

/** An option, as `--key`; with a value after `=` or in the next word or not. */
const OPTION = /(?<![\w-])--[a-z][a-z-]*/g;

/** Options of other programs, each only behind the name of the one that has it. */
const OTHER_PROGRAMS = [
  /\bapt install --only-upgrade /,
  /(docker|podman|…) run --device /,
  /\bgpgconf --kill (scdaemon|gpg-agent)\b/,
  /\bgroupadd --force --system /,
  /\bnpm (12 and later: |install (-g )?)--allow-scripts=@pokusew\/pcsclite/,
  /\bsystemctl enable --now pcscd\.socket/,
  /\budevadm control --reload\b/,
  /\budevadm trigger --(action|subsystem-match)=/,
  /\busbipd (bind|attach --wsl) --busid /,
  /\busermod --append --groups /,
  /\bwsl --update\b/,
  /\bykman config (nfc|usb|…) --enable FIDO2\b/,
];

/** The command lines in `text` that only somebody can type who uses seckey's own. */
function ownCommandLines(text: string): string[] {
  const others = OTHER_PROGRAMS.flatMap((program) => [...text.matchAll(new RegExp(program, 'g'))]);
  const isOthers = (at: number) => others.some((match) => at >= match.index && at < match.index + match[0].length);
  const options = [...text.matchAll(OPTION)].filter(({ index }) => !isOthers(index));
  return [...(COMMAND.exec(text)?.slice(0, 1) ?? []), ...options.map(([option]) => option)];
}

const found = async (source: string) => (await literals(source)).flatMap(ownCommandLines);

test('there are files to look at, and commands to look for', () => {
  expect(files.length).toBeGreaterThan(200);
  for (const file of ['errors.ts', 'client/pin/tries.ts', 'transport/discover.ts', 'doctor/remedies.ts']) {
    expect(files).toContain(file);
  }
  expect(commands).toEqual(expect.arrayContaining(['list', 'info', 'pin', 'credentials', 'fp', 'doctor']));
});

test.each(files)('%s names no command and no option', async (file) => {
  expect(await found(readFileSync(SRC + file, 'utf8'))).toEqual([]);
});

describe('a command line is found', () => {
  test.each([
    ["{ hint: 'Set one first: seckey pin set' }", 'seckey pin'],
    ["f('Look with seckey fp list.')", 'seckey fp'],
    ["f('See seckey --help')", 'seckey -', '--help'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    ['f(`Restore it, or give it up with \\`seckey virtual delete ${name}\\`.`)', 'seckey virtual'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    ['const HINT = `Leave it out, or use --transport ${name}.` as const', '--transport'],
    ["f('Name one, as (--key ID).')", '--key'],
    ["f('gpgconf --kill scdaemon, then give --key')", '--key'],
  ])('%s', async (source, ...lines) => expect(await found(source)).toEqual(lines));

  test('and a name, a comment, a dash or the command line of another program is none', async () => {
    const source =
      "/* seckey pin set --yes */ f('Update seckey.', 'seckey CTAP 2.3 (software)', 'it -- so to say', '-----BEGIN', " +
      "'gpgconf --kill scdaemon', 'sudo udevadm trigger --action=add', 'seckey listens', 'the program seckey informs')";
    expect(await found(source)).toEqual([]);
  });
});
