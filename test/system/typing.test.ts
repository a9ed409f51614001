/** What is typed while seckey waits, on a terminal that really draws (tmux), with the shell that gets what is left of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { must } from './support/program.ts';
import { Screen } from './support/screen.ts';
import { requireBuild, SECKEY } from './support/seckey.ts';

const DEMO_PIN = '12345678';
/** What a shell would answer to the line that is typed, which is another text than the line. */
const [TYPED, RUN] = ["echo ty''ped", 'typed'];

let directory: string;
let screen: Screen;

beforeEach(() => {
  requireBuild();
  directory = mkdtempSync(join(tmpdir(), 'seckey-typing-'));
});
afterEach(async () => {
  await screen?.close();
  rmSync(directory, { recursive: true, force: true });
});

const environment = () => ({ XDG_STATE_HOME: directory, PCSCLITE_CSOCK_NAME: join(directory, 'no-pcscd') });

async function createKey(...options: string[]): Promise<void> {
  await must('node', [SECKEY, 'virtual', 'create', 'demo', ...options], { env: environment() });
}

/** An interactive shell in which `seckey` is a command. */
async function openShell(): Promise<void> {
  writeFileSync(join(directory, 'rc'), `PS1='ready> '; unset HISTFILE; seckey() { node '${SECKEY}' "$@"; }\n`);
  screen = await Screen.open(`bash --noprofile --rcfile '${join(directory, 'rc')}' -i`, { env: environment() });
  await screen.shows(/ready>$/);
}

/** Runs seckey alone on the screen, whose exit code and terminal stay to be seen. */
async function open(line: string, env: Record<string, string> = {}): Promise<void> {
  screen = await Screen.open(`node '${SECKEY}' ${line}`, { env: { ...environment(), ...env } });
}

/** The shell has the terminal again, shows what is typed into it, and was left nothing. */
async function expectShellAsBefore(): Promise<void> {
  await screen.shows(/ready>$/);
  await screen.enter("echo as be''fore");
  const text = await screen.shows(/^as before$/m);
  expect(text).toContain("echo as be''fore");
  // It may be broken at the edge of the screen.
  expect(text.replaceAll('\n', '')).not.toContain(TYPED);
  expect(text).not.toMatch(new RegExp(`^${RUN}`, 'm'));
}

describe('a line that is typed while it waits is neither shown nor run', () => {
  test('for a removal, until Ctrl-C', async () => {
    await createKey('--hand', 'none');
    await openShell();
    await screen.enter('seckey -k virtual:demo reset --yes');
    await screen.shows('Remove the key');
    await screen.enter(TYPED);
    await screen.shows(/Remove the key[^\n]*: 5[0-7] s/);
    await screen.type('half a line');
    await screen.press('C-c');
    await screen.shows(/^Interrupted/m);
    await expectShellAsBefore();
    expect(await screen.text()).not.toContain('half a line');
  });

  test('for a touch, until the time is over, with something else on standard input', async () => {
    await createKey('--hand', 'none');
    await openShell();
    await screen.enter(`echo ${DEMO_PIN} | seckey -k virtual:demo identify --touch --timeout 8 --pin-file -`);
    await screen.shows('Touch the key');
    await screen.enter(TYPED);
    await screen.shows('no key was touched in time');
    await expectShellAsBefore();
  });

  test('in the manager, where it chooses nothing either', async () => {
    await createKey('--hand', 'none');
    await open('-k virtual:demo');
    await screen.choose('Erase everything on it');
    await screen.asks('Type demo to erase it');
    await screen.enter('demo');
    await screen.shows('Remove the key');
    await screen.enter(TYPED);
    await screen.press('Down', 'Enter', 'Escape');
    await screen.shows(/Remove the key[^\n]*: 5\d s/);
    await screen.press('C-c');
    await screen.shows('Enter: back to the menu');
    await screen.press('Enter');
    expect(await screen.shows('> Erase everything on it')).not.toContain(TYPED);
    await screen.press('C-c');
    expect(await screen.shows('exit code')).toContain('echo echo icanon isig');
  });
});

describe('the terminal is right again', () => {
  const WAITING = '-k virtual:demo reset --yes';

  test.each(['INT', 'TERM', 'HUP', 'QUIT'])('after SIG%s', async (signal) => {
    await createKey('--hand', 'none');
    await open(WAITING);
    await screen.shows('Remove the key');
    await screen.signal(signal);
    expect(await screen.shows('exit code')).toContain('echo echo icanon isig');
  });

  test('after Ctrl-\\', async () => {
    await createKey('--hand', 'none');
    await openShell();
    await screen.enter(`seckey ${WAITING}`);
    await screen.shows('Remove the key');
    await screen.press('C-\\');
    await screen.shows(/ready>$/);
    await screen.enter('stty -a | grep -o -e "-\\?isig" -e "-\\?icanon" | paste -sd "+"');
    await screen.shows(/^isig\+icanon$/m);
  });

  test('after a crash', async () => {
    await createKey('--hand', 'none');
    const crash = join(directory, 'crash.cjs');
    writeFileSync(crash, "process.on('SIGUSR2', () => { throw new Error('crashed'); });\n");
    await open(WAITING, { NODE_OPTIONS: `--require ${crash}` });
    await screen.shows('Remove the key');
    await screen.signal('USR2');
    await screen.shows('Error: crashed');
    expect(await screen.shows('exit code')).toContain('echo echo icanon isig');
  });

  test('while it is stopped by Ctrl-Z, and quiet again when it goes on', async () => {
    await createKey('--hand', 'none');
    await openShell();
    await screen.enter(`seckey ${WAITING}`);
    await screen.shows('Remove the key');
    await screen.press('C-z');
    await screen.shows('Stopped');
    await screen.enter("echo stop''ped");
    await screen.shows(/^stopped$/m);
    await screen.enter('clear; fg');
    await screen.shows('Remove the key');
    await screen.enter(TYPED);
    await screen.press('C-c');
    await screen.shows(/^Interrupted/m);
    await expectShellAsBefore();
  });

  test('and a job in the background is not stopped by the terminal', async () => {
    await createKey('--hand', 'none');
    await openShell();
    await screen.enter('seckey -k virtual:demo identify --touch --timeout 1 & wait; jobs');
    await screen.shows('no key was touched in time');
    await screen.shows(/Exit 8|ready>$/);
    expect(await screen.text()).not.toContain('Stopped');
  });
});

describe('while it waits for a finger', () => {
  async function waitForFinger(options = ''): Promise<void> {
    await createKey('--model', 'yubikey-bio', '--hand', 'none', '--demo');
    await openShell();
    await screen.enter(`seckey -k virtual:demo credentials list ${options}`);
    await screen.shows(/^Put an enrolled finger on the sensor \(\d tries left\)\. Enter: use the PIN\. \d+ s$/m);
  }

  test('a PIN that is typed does not show; Enter asks for it', async () => {
    await waitForFinger();
    await screen.enter(DEMO_PIN);
    await screen.asks('Current PIN (8 tries left)');
    expect(await screen.text()).not.toContain(DEMO_PIN);
    await screen.enter(DEMO_PIN);
    await screen.shows('8 passkeys on this key.');
    await expectShellAsBefore();
    expect(await screen.text()).not.toContain(DEMO_PIN);
  });

  test('for longer than --timeout allows, the PIN is asked for; at that prompt Ctrl-Z works, too', async () => {
    await waitForFinger('--timeout 9');
    await screen.shows('No finger was put on the sensor in time.');
    await screen.asks('Current PIN (8 tries left)');
    await screen.press('C-z');
    await screen.shows('Stopped');
    await screen.enter('clear; fg');
    await screen.asks('Current PIN (8 tries left)');
    await screen.enter(DEMO_PIN);
    await screen.shows('8 passkeys on this key.');
    await expectShellAsBefore();
  });
});
