/** What is advised for a key names it as the command did. */
import { expect, test } from 'vitest';
import { addressFailure, addressing } from '../../src/cli/addressing.ts';
import { errorDocument } from '../../src/cli/errors.ts';
import { HINTS } from '../../src/cli/messages/errors.ts';
import { ENDINGS, ownHint } from '../../src/cli/messages/situations.ts';
import { buildProgram } from '../../src/cli/program/program.ts';
import { STATUS_MEANINGS, type StatusMeaning } from '../../src/client/status-meanings.ts';
import { FidoError } from '../../src/errors.ts';

const byKey = addressing({ key: 'virtual:demo' });

test.each([
  ['Set one first: seckey pin set', 'Set one first: seckey --key virtual:demo pin set'],
  [
    'What is set up: seckey info, seckey config show. Fingerprints: seckey fingerprints list',
    'What is set up: seckey --key virtual:demo info, seckey --key virtual:demo config show. Fingerprints: seckey --key virtual:demo fingerprints list',
  ],
  ['Run: seckey pin min-length 6', 'Run: seckey --key virtual:demo pin min-length 6'],
])('%s', (words, addressed) => expect(byKey(words)).toBe(addressed));

test.each([
  'Find out why: seckey doctor',
  'see which are there: seckey list',
  'See which there are: seckey virtual list',
  'See seckey reset --help.',
  'See seckey pin min-length --help.',
  'Next: seckey --key virtual:other info',
  'End the other seckey that uses it.',
])('%s is for no key', (words) => expect(byKey(words)).toBe(words));

test('the transport is named, too, also where only that matters', () => {
  expect(addressing({ transport: 'nfc' })('seckey doctor, seckey info')).toBe(
    'seckey --transport nfc doctor, seckey --transport nfc info',
  );
  expect(addressing({ key: 'x', transport: 'nfc' })('seckey reset')).toBe('seckey --key x --transport nfc reset');
});

test('a name that a shell would take apart is quoted', () =>
  expect(addressing({ key: 'ACS ACR1252 (2) 00' })('seckey info')).toBe("seckey --key 'ACS ACR1252 (2) 00' info"));

test('several software keys are named by the batch of resets alone', () =>
  expect(addressing({ key: 'virtual:a,virtual:b' })('seckey info')).toBe('seckey info'));

test('the hint of a failure names the key of its command', () => {
  const error = new FidoError('pin-not-set', 'this key has no PIN yet');
  addressFailure(error, byKey);
  // The manager around it may be for no key.
  addressFailure(error, addressing({}));
  expect(errorDocument(error).hint).toBe('Set one first: seckey --key virtual:demo pin set');
});

test('every command for a key that is advised anywhere gets it', () => {
  const ofNoKey = new Set(['list', 'doctor', 'virtual', 'trace']);
  const ofKey = buildProgram(() => async () => {}).commands.flatMap((command) =>
    ofNoKey.has(command.name()) ? [] : [command.name(), ...command.aliases()],
  );
  expect(ofKey.length).toBeGreaterThan(7);
  for (const name of ofKey) expect(byKey(`seckey ${name}`)).toBe(`seckey --key virtual:demo ${name}`);
  for (const hint of [
    ...Object.values(HINTS),
    ...Object.values(ENDINGS).map((ending) => ending('Do this. Then look.')),
    ...Object.values(STATUS_MEANINGS).map((meaning) => ownHint(meaning as StatusMeaning) ?? ''),
  ]) {
    for (const [, name] of byKey(hint).matchAll(/\bseckey ([a-z-]+)/g)) expect(ofKey).not.toContain(name);
  }
});
