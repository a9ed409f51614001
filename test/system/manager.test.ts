/** The interactive manager on a terminal that really draws (tmux), on software keys and on a real pcscd's readers. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { must } from './support/program.ts';
import { Screen, type ScreenOptions } from './support/screen.ts';
import { InstalledSeckey, requireBuild, SECKEY } from './support/seckey.ts';

const DEMO_PIN = '12345678';
const PAUSE = 'Enter: back to the menu';

let directory: string;
let screen: Screen;

beforeEach(() => {
  requireBuild();
  directory = mkdtempSync(join(tmpdir(), 'seckey-manager-'));
});
afterEach(async () => {
  await screen?.close();
  rmSync(directory, { recursive: true, force: true });
});

const environment = () => ({ XDG_STATE_HOME: directory, PCSCLITE_CSOCK_NAME: join(directory, 'no-pcscd') });

/** seckey to its end, for what the manager's doing is checked against. */
function seckey(...args: string[]): Promise<string> {
  return must('node', [SECKEY, ...args], { env: environment() });
}

async function open(args = '', options: ScreenOptions = {}): Promise<void> {
  screen = await Screen.open(`cd '${directory}'; clear; unset NO_COLOR; node '${SECKEY}' ${args}`, {
    ...options,
    env: { ...environment(), ...options.env },
  });
}

/** Reads what a command has said, and goes back to the menu. */
async function said(pattern: RegExp | string): Promise<string> {
  const text = await screen.shows(pattern);
  await screen.shows(PAUSE);
  await screen.press('Enter');
  return text;
}

async function createKey(...options: string[]): Promise<void> {
  await seckey('virtual', 'create', 'demo', ...options);
}

describe('without a key', () => {
  test('it says so, and offers a software key, made and opened with two presses', async () => {
    await open();
    await screen.shows('No security key found. Plug one in, or put it on a reader: it appears here.');
    await screen.choose('Software keys');
    await screen.shows('There are none yet.');
    await screen.choose('Make "demo"');
    await screen.shows('$ seckey virtual create demo --demo');
    await said('Its PIN is 12345678.');
    const page = await screen.shows('Erase everything on it');
    expect(page).toMatch(/^PIN {11}set; 8 tries left$/m);
    expect(page).toMatch(/^Passkeys {6}room for about \d+ more$/m);
    expect(page).toMatch(/^Fingerprints {2}enrolled; 5 tries left$/m);
  });

  test('another software key, of a chosen model; taken out, put back, deleted', async () => {
    await open();
    await screen.choose('Software keys');
    await screen.choose('Which keys can they');
    await said('feitian-biopass');
    await screen.choose('Make another one');
    await screen.asks('Its name');
    await screen.enter('practice');
    await screen.shows('Which key shall it behave like?');
    await screen.choose('yubikey-bio');
    await screen.asks('With sample passkeys');
    await screen.enter('n');
    await said('Made the software key "practice" (yubikey-bio).');
    await screen.choose('practice (yubikey-bio)');
    await screen.choose('Take it out');
    await said('Took "practice" out and put it back in.');
    await screen.choose('Use it');
    await screen.shows('none enrolled');
    await screen.choose('Another key');
    await screen.choose('Delete it');
    await screen.asks('Delete the software key');
    await screen.enter('y');
    await said('Deleted the software key "practice".');
    await screen.shows('There are none yet.');
  });

  test('doctor, a trace, and the batch of resets are there, too', async () => {
    await createKey();
    await seckey('--key', 'virtual:demo', 'pin', 'status', '--trace', join(directory, 'trace.jsonl'));
    await open();
    await screen.choose('A key is not shown?');
    await said('$ seckey doctor');
    await screen.choose('Read a recorded trace');
    await screen.asks('Trace file');
    await screen.enter('trace.jsonl');
    await said('authenticatorConfigCommands');
    await screen.choose('Erase many keys');
    await screen.asks('Journal');
    await screen.enter('journal.jsonl');
    await screen.shows('Insert the next key');
    await screen.press('C-c');
    await said('0 keys reset.');
    expect(existsSync(join(directory, 'journal.jsonl'))).toBe(true);
    await screen.moveTo('Find out which key is which');
    await screen.shows('Not possible: there is no key to touch.');
    await screen.choose('Quit');
    await screen.shows('exit code 0, echo echo');
  });
});

describe('one key', () => {
  test('PIN: set, a random one, checked, its rules', async () => {
    await createKey('--model', 'ctap-2.3');
    await open('--key virtual:demo');
    await screen.shows('not set; 4 characters at least');
    await screen.moveTo('Passkeys');
    await screen.shows('Not possible: the key has no PIN yet; set one first.');
    await screen.choose('PIN');
    await screen.moveTo('Change the PIN');
    await screen.shows('Not possible: the key has no PIN yet; set one first.');
    await screen.choose('Set a PIN');
    await screen.asks('New PIN (4 to 63 characters)');
    await screen.enter('24681357');
    await screen.asks('The same again');
    await screen.enter('24681357');
    await said('The PIN is set.');
    await screen.choose('Check whether I know it');
    await screen.asks('Current PIN (8 tries left)');
    await screen.enter('99999999');
    await said('seckey: wrong PIN, 7 tries left');
    await screen.choose('Tries left and rules');
    await said('Tries left: 7.');
    await screen.choose('Change it to a random PIN');
    await screen.asks('Current PIN (7 tries left)');
    await screen.enter('24681357');
    const text = await said('The new PIN, shown this once only, before the key gets it:');
    const pin = /before the key gets it:\n(\S+)/.exec(text)?.[1] ?? '';
    writeFileSync(join(directory, 'pin'), `${pin}\n`);
    await screen.choose('Raise the shortest length');
    await screen.asks('Shortest length');
    await screen.enter('6');
    await screen.asks('Sites that may learn it');
    await screen.enter('');
    await screen.asks('Go on?');
    await screen.enter('y');
    await screen.asks('Current PIN');
    await screen.enter(pin);
    await said('The shortest PIN is 6 characters.');
    await screen.choose('Make its user choose');
    await said('The PIN must be changed before the key is used again.');
    await screen.press('Escape');
    await screen.shows('it must be changed before it can be used');
    const status = await seckey('--key', 'virtual:demo', 'pin', 'status', '--json');
    expect(JSON.parse(status)).toMatchObject({ set: true, retries: 8, minLength: 6, forceChange: true });
  });

  test('passkeys: the PIN is asked for once, names change, one is deleted, the list is saved', async () => {
    await createKey('--model', 'yubikey-5-nfc', '--demo');
    await open('--key virtual:demo');
    await screen.choose('Passkeys');
    await screen.shows('$ seckey --key virtual:demo credentials list');
    await screen.asks('Current PIN (8 tries left)');
    await screen.enter(DEMO_PIN);
    await screen.shows('example.com · alice@example.com');
    await screen.choose('example.com · alice@example.com');
    await screen.choose('Change the names');
    await screen.asks('Account name: (alice@example.com)');
    await screen.enter("al'ice@example.org");
    await screen.asks('Name of the person');
    await screen.press('Enter');
    const changed = await said('Changed on the key.');
    // The terminal folds the line; nothing breaks it.
    expect(changed.replaceAll('\n', '')).toContain(`--name 'al'\\''ice@example.org'`);
    await screen.choose("example.com · al'ice@example.org");
    await screen.choose('Show everything about it');
    await said(/User +al'ice@example.org/);
    await screen.choose('Delete it');
    await screen.asks('Delete it?');
    await screen.enter('n');
    await said('nothing was changed');
    await screen.choose('Delete it');
    await screen.asks('Delete it?');
    await screen.enter('y');
    const deleted = await said('left on this key.');
    expect(deleted.match(/Current PIN/g) ?? []).toEqual([]);
    const list = await screen.shows('Show all of them as a list');
    expect(list).not.toContain("al'ice");
    await screen.choose('Save the list for a spreadsheet');
    await screen.asks('Name of the new file');
    await screen.enter('keys.csv');
    await said('> keys.csv');
    const csv = readFileSync(join(directory, 'keys.csv'), 'utf8');
    expect(csv).toMatch(/^rpId,/);
    expect(csv).toContain('bob@example.com');
    expect(statSync(join(directory, 'keys.csv')).mode & 0o777).toBe(0o600);
    await screen.choose('Save the list for a program');
    await screen.asks('Name of the new file');
    await screen.enter('keys.csv');
    await said('seckey: cannot write keys.csv: it exists already');
    expect(readFileSync(join(directory, 'keys.csv'), 'utf8')).toBe(csv);
    await screen.choose('Back');
    await screen.shows(/Passkeys +\d+ stored; room for about \d+ more/);
  });

  test('the data of a passkey', async () => {
    await createKey('--model', 'ctap-2.3', '--demo');
    writeFileSync(join(directory, 'note.txt'), 'kept with the passkey');
    await open('--key virtual:demo');
    await screen.choose('Data kept on the key');
    await screen.choose('Who keeps how much');
    await screen.shows('bytes');
    await screen.press('Enter');
    await screen.choose('Drop what no passkey');
    await screen.asks('Drop it?');
    await screen.enter('y');
    await said('Dropped: 1 blob.');
    await screen.choose('Back');
    await screen.choose('Passkeys');
    await screen.choose('ssh: · alice');
    await screen.choose('Keep the contents of a file');
    await screen.asks('File to read');
    await screen.enter('note.txt');
    await screen.shows(PAUSE);
    await screen.press('Enter');
    await screen.choose('Show the data it keeps');
    await said('kept with the passkey');
    await screen.choose('Save the data it keeps');
    await screen.asks('Name of the new file');
    await screen.enter('copy.txt');
    await screen.shows(PAUSE);
    await screen.press('Enter');
    expect(readFileSync(join(directory, 'copy.txt'), 'utf8')).toBe('kept with the passkey');
    await screen.choose('Delete the data it keeps');
    await screen.shows(/\?|Enter: back/);
  });

  test('fingerprints: added with a name, renamed, deleted', async () => {
    await createKey('--model', 'feitian-biopass', '--demo');
    await open('--key virtual:demo');
    await screen.choose('Fingerprints');
    await screen.asks('Current PIN');
    await screen.enter(DEMO_PIN);
    await screen.choose('About the sensor');
    await said('Sensor:');
    await screen.choose('Add a finger');
    await screen.asks('What to call it');
    await screen.enter('left thumb');
    await said('The finger is enrolled as "left thumb"');
    await screen.choose('left thumb');
    await screen.choose('Give it another name');
    await screen.asks('What to call it');
    await screen.enter('little finger');
    await said('The fingerprint is now "little finger"');
    await screen.choose('little finger');
    await screen.choose('Delete it');
    await screen.asks('Delete it?');
    await screen.enter('y');
    await said('is deleted.');
    expect(await screen.shows('Add a finger')).not.toContain('little finger (');
  });

  test('settings, info, blinking', async () => {
    await createKey('--model', 'ctap-2.3', '--demo');
    await open('--key virtual:demo');
    await screen.choose('Settings');
    await screen.choose('Show all');
    await said('Always verify the user');
    await screen.choose('Always verify the user');
    await screen.asks('Current PIN');
    await screen.enter(DEMO_PIN);
    await said('The key always verifies its user');
    await screen.choose('Verify the user only where');
    await said('The key verifies its user where a site asks for it.');
    await screen.choose('Let chosen sites see');
    await screen.asks('Turn enterprise attestation on?');
    await screen.enter('y');
    await said('Enterprise attestation is on.');
    await screen.moveTo('Let chosen sites see');
    await screen.shows('Not possible: it is on already; only a reset turns it off.');
    await screen.choose('Make a reset want a long touch');
    await screen.asks('Turn it on?');
    await screen.enter('y');
    await said('A reset wants a long touch.');
    await screen.choose('Back');
    await screen.shows('enterprise attestation is on; a reset wants a long touch');
    await screen.choose('Everything it says of itself');
    await said('This key:');
    await screen.choose('Make it blink');
    await said('was told to blink.');
  });

  test('reset, with its name typed, and the key is still the one that is shown', async () => {
    await createKey('--model', 'yubikey-5-nfc', '--demo');
    await open('--key virtual:demo');
    await screen.choose('Erase everything on it');
    await screen.asks('Type demo to erase it');
    await screen.enter('something else');
    await said('that is not its name; nothing was erased');
    await screen.choose('Erase everything on it');
    await screen.asks('Type demo to erase it');
    await screen.enter('demo');
    await said('The key is reset');
    await screen.shows('not set; 4 characters at least');
  });

  test('a wrong PIN is said once, and the next room asks again', async () => {
    await createKey('--model', 'yubikey-5-nfc', '--demo');
    await open('--key virtual:demo');
    await screen.choose('Passkeys');
    await screen.asks('Current PIN (8 tries left)');
    await screen.enter('99999999');
    await said('seckey: wrong PIN, 7 tries left');
    await screen.shows('set; 7 tries left');
    await screen.choose('Passkeys');
    await screen.asks('Current PIN (7 tries left)');
    await screen.enter(DEMO_PIN);
    await screen.shows('example.com');
    await screen.choose('Back');
    await screen.shows('set; 8 tries left');
  });

  test('with --trace, everything done in one sitting is in one file', async () => {
    await createKey('--model', 'yubikey-5-nfc', '--demo');
    await open('--key virtual:demo --trace all.jsonl');
    await screen.choose('PIN');
    await screen.choose('Check whether I know it');
    await screen.asks('Current PIN');
    await screen.enter(DEMO_PIN);
    await said('$ seckey --key virtual:demo pin verify --trace all.jsonl');
    await screen.choose('Back');
    await screen.choose('Passkeys');
    await screen.asks('Current PIN');
    await screen.enter(DEMO_PIN);
    await screen.choose('Back');
    await screen.choose('Quit');
    await screen.shows('exit code 0');
    const trace = await seckey('trace', 'show', join(directory, 'all.jsonl'));
    expect(trace).toMatch(
      /pin verify[\s\S]*getPinUvAuthToken[\s\S]*end: exit code 0[\s\S]*enumerateRPsBegin[\s\S]*end: exit code 0/,
    );
    expect(readFileSync(join(directory, 'all.jsonl'), 'utf8')).not.toMatch(/12345678|alice|example\.com/);
  });

  test('a key that is not there: said, and the manager ends', async () => {
    await open('--key virtual:nobody');
    await screen.shows('seckey: there is no software key "nobody"');
    await screen.shows('exit code 3');
  });
});

describe('the terminal', () => {
  test('Ctrl-C at a menu ends it with 130, in a question and in a command it goes back to the menu', async () => {
    await createKey('--model', 'yubikey-5-nfc', '--demo', '--hand', 'none');
    await open('--key virtual:demo');
    await screen.choose('PIN');
    await screen.choose('Check whether I know it');
    await screen.asks('Current PIN');
    await screen.press('C-c');
    await said('Interrupted.');
    await screen.choose('Raise the shortest length');
    await screen.asks('Shortest length');
    await screen.press('C-c');
    await screen.choose('Back');
    await screen.choose('Erase everything on it');
    await screen.asks('Type demo to erase it');
    await screen.enter('demo');
    await screen.shows(/Remove the key from its USB port now .*: 5\d s/);
    await screen.press('C-c');
    await said('Interrupted.');
    await screen.shows('set; 8 tries left');
    await screen.press('C-c');
    await screen.shows('exit code 130, echo echo');
    expect(await screen.hasCursor()).toBe(true);
  });

  test('SIGTERM at a menu leaves the terminal as it was', async () => {
    await createKey('--demo');
    await open('--key virtual:demo');
    await screen.shows('Up/Down: move');
    await screen.signal('TERM');
    await screen.shows('exit code 130, echo echo');
    expect(await screen.hasCursor()).toBe(true);
  });

  test('a screen that is too small for all of a menu shows the part around the cursor', async () => {
    await createKey('--demo');
    await open('--key virtual:demo', { columns: 40, rows: 12 });
    const small = await screen.shows('(1 of 9)');
    expect(small.split('\n').length).toBeLessThanOrEqual(12);
    await screen.press('End');
    await screen.shows('> Quit');
    await screen.press('Home');
    await screen.shows('> PIN');
    await screen.resize(80, 24);
    await screen.shows('Enter: choose   Esc: back   Ctrl-C: quit');
    await screen.press('Down');
    const large = await screen.shows('> Passkeys');
    expect(large.match(/^> /gm)).toHaveLength(1);
    expect(large.match(/Up\/Down: move/g)).toHaveLength(1);
    await screen.resize(50, 24);
    await screen.press('Down');
    const narrow = await screen.shows('> Fingerprints');
    expect(narrow.match(/^> /gm)).toHaveLength(1);
  });

  test('without colour it says the same', async () => {
    await createKey('--demo');
    await open('--key virtual:demo --no-color');
    const plain = await screen.shows('Up/Down: move');
    expect(await screen.colours()).toEqual([]);
    await screen.close();
    await open('--key virtual:demo');
    await screen.shows('Up/Down: move');
    expect(await screen.text()).toBe(plain);
    expect(await screen.colours()).not.toEqual([]);
  });
});

describe('keys on a real reader', () => {
  let pcscd: Pcscd;
  let installed: InstalledSeckey;
  beforeEach(async () => {
    pcscd = await Pcscd.start(1);
    installed = new InstalledSeckey(pcscd);
  });
  afterEach(async () => {
    await installed?.close();
    await pcscd?.stop();
  });

  async function openThere(): Promise<void> {
    screen = await Screen.open(`clear; ${pcscd.prefix} node '${SECKEY}'`, {
      env: { XDG_STATE_HOME: installed.directory },
    });
  }

  test('they come and go while the list is open, and the cursor stays where it was', async () => {
    await openThere();
    await screen.shows('No security key found.');
    await screen.moveTo('A key is not shown?');
    await installed.serve('card', 'yubikey-5-nfc', { hand: 'none' });
    await screen.shows(/^ {2}YubiKey 5 .*, serial \d+, Virtual PCD 00 00$/m);
    expect(await screen.shows('Which key?')).toMatch(/^> A key is not shown/m);
    installed.hand('remove');
    await screen.shows('No security key found.');
    installed.hand('insert');
    await screen.choose('YubiKey 5');
    await screen.shows(/^PIN {11}not set/m);
    await screen.choose('PIN');
    await screen.shows('Set a PIN');
    installed.hand('remove');
    await screen.shows('The key was taken out.');
    await screen.shows('No security key found.');
    await screen.press('Escape');
    await screen.shows('exit code 0, echo echo');
  });

  test('a PIN and a reset, with the card really lifted and put back', async () => {
    await installed.serve('card', 'yubikey-5-nfc', { hand: 'none' });
    await openThere();
    await screen.choose('YubiKey 5');
    await screen.choose('PIN');
    await screen.choose('Set a PIN');
    await screen.asks('New PIN');
    await screen.enter('24681357');
    await screen.asks('The same again');
    await screen.enter('24681357');
    await said('The PIN is set.');
    await screen.choose('Back');
    await screen.shows('set; 8 tries left');
    const serial = /serial (\d+)/.exec(await screen.text())?.[1] ?? '';
    await screen.choose('Erase everything on it');
    await screen.asks(`Type ${serial} to erase it`);
    await screen.enter(serial);
    await screen.shows('Take the key off the reader now');
    installed.hand('remove');
    await screen.shows('Put it back on the reader now');
    installed.hand('insert');
    await screen.shows(/Touch|The key is reset/);
    await said('The key is reset');
    await screen.shows('not set; 4 characters at least');
    // A menu that opens looks at the card once; while it stays open, other programs can use it.
    await vi.waitFor(async () => expect((await installed.seckey(['pin', 'status'])).code).toBe(0), { timeout: 10_000 });
    for (let i = 0; i < 5; i++) expect(await installed.json(['pin', 'status'])).toMatchObject({ set: false });
  });
});
