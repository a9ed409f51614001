/** What a person at a terminal is asked and told, through a real pseudo-terminal of 80 columns (util-linux `script`). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Program } from './support/program.ts';
import { requireBuild, SECKEY } from './support/seckey.ts';

const CTRL_C = '\u0003';
const PIN = '24681357';

let directory: string;
beforeEach(async () => {
  requireBuild();
  directory = mkdtempSync(join(tmpdir(), 'seckey-terminal-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** seckey at a terminal; what it says and what is typed both show, and its exit code is the program's. */
function terminal(command: string): Program {
  // No shell stays around it: Ctrl-C goes to all of the terminal's foreground, and some shells end of it.
  const line = `stty cols 80 rows 24; exec node '${SECKEY}' ${command}`;
  return new Program('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { SHELL: '/bin/sh', XDG_STATE_HOME: directory, TERM: 'xterm', SECKEY_DEBUG: '1' },
  });
}

/** Runs seckey at a terminal to its end, which has to be a good one; answers what was on the screen. */
async function run(command: string): Promise<string> {
  const { code, stdout } = await terminal(command).result();
  expect(`${code}`, stdout).toBe('0');
  return stdout;
}

async function createKey(options = ''): Promise<void> {
  await run(`virtual create demo --model yubikey-5-nfc ${options}`);
}

async function setPin(): Promise<void> {
  const file = join(directory, 'pin');
  writeFileSync(file, `${PIN}\n`);
  await run(`-k virtual:demo pin set --new-pin-file ${file}`);
}

test('pin set: what was refused is gone from the prompt, and two that differ are asked for from the start', async () => {
  await createKey();
  const screen = terminal('-k virtual:demo pin set');
  await screen.says('New PIN (4 to 63 characters)');
  screen.write('123');
  await screen.says('this key wants at least 4');
  // Were it added to what is there, it would be long enough.
  screen.write('456');
  await screen.says(/at least 4[\s\S]*at least 4/);
  screen.write('2468');
  await screen.says('The same again');
  screen.write('9999');
  await screen.says('The two differ. Start again.');
  screen.write('1357');
  await screen.says(/The two differ[\s\S]*The same again/);
  screen.write('1357');
  await screen.says('The PIN is set.');
  const { code, stdout } = await screen.result();
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/2468|1357/);
  const file = join(directory, 'pin');
  writeFileSync(file, '1357\n');
  await run(`-k virtual:demo pin verify --pin-file ${file}`);
});

test('a wrong PIN costs one try, and is not asked for again', async () => {
  await createKey();
  await setPin();
  const screen = terminal('-k virtual:demo pin verify');
  await screen.says('Current PIN (8 tries left)');
  screen.write('99999999');
  const { code, stdout } = await screen.result();
  expect(stdout).toContain('wrong PIN, 7 tries left');
  expect(code).toBe(6);
  expect(stdout).not.toContain('99999999');
});

test('pin set on a key that has a PIN offers to change it', async () => {
  await createKey();
  await setPin();
  const screen = terminal('-k virtual:demo pin set');
  await screen.says('Change it instead?');
  screen.write('n');
  const { code, stdout } = await screen.result();
  expect(stdout).toContain('this key already has a PIN');
  expect(code).toBe(9);
});

test('reset: the name has to be typed; another one erases nothing', async () => {
  await createKey();
  await setPin();
  const wrong = terminal('-k virtual:demo reset');
  await wrong.says('Type demo to erase it');
  wrong.write('yes');
  expect((await wrong.result()).code).toBe(8);
  expect(await run('-k virtual:demo pin status')).toContain('PIN: set.');

  const right = terminal('-k virtual:demo reset');
  await right.says('Type demo to erase it');
  right.write('demo');
  await right.says('Remove the key from its USB port now');
  await right.says('Insert it again now');
  await right.says('to confirm the reset. Ctrl-C cancels.');
  const { code, stdout } = await right.result();
  expect(stdout).toContain('The key is reset');
  expect(code).toBe(0);
  expect(await run('-k virtual:demo pin status')).toContain('PIN: not set.');
});

test('Ctrl-C at the question of a reset says that nothing is erased', async () => {
  await createKey();
  const screen = terminal('-k virtual:demo reset');
  await screen.says('Type demo to erase it');
  screen.write(CTRL_C);
  const { code, stdout } = await screen.result();
  expect(stdout).toContain('Interrupted: nothing was erased.');
  expect(code).toBe(130);
});

test('Ctrl-C in the middle of a reset: counting stops, nothing is erased, exit code 130', async () => {
  await createKey('--hand none');
  await setPin();
  const screen = terminal('-k virtual:demo reset --yes');
  await screen.says(/Remove the key[^\r]*: 60 s/);
  await screen.says(/Remove the key[^\r]*: 5[89] s/);
  screen.write(CTRL_C);
  const { code, stdout } = await screen.result();
  expect(stdout).toContain('Interrupted: nothing was erased.');
  expect(code).toBe(130);
  expect(await run('-k virtual:demo pin status')).toContain('PIN: set.');
});

test('no line is wider than the terminal', async () => {
  await createKey();
  const screen = await run('-k virtual:demo info --no-color');
  const wide = screen.split(/\r?\n/).filter((line) => line.length > 80);
  expect(wide).toEqual([]);
});
