import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellLine } from '../../../src/cli/terminal/shell-line.ts';

test('plain arguments stay plain', () => {
  expect(shellLine(['--key', 'usb-1050-0407-a1b2', 'pin', 'change'])).toBe(
    'seckey --key usb-1050-0407-a1b2 pin change',
  );
});

test.each([
  ['left thumb'],
  ["it's"],
  ['$HOME `id` "x"'],
  ['*'],
  [''],
  ['~'],
  ['müller'],
  ['a\\b'],
  ["'"],
  ['-'],
  ['#no'],
])('a shell reads %j back as one argument', (argument) => {
  const line = shellLine(['x', argument]).replace(/^seckey/, "printf '%s\\n'");
  expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe(`x\n${argument}\n`);
});

test('what could change a terminal is shown as its code', () => {
  expect(shellLine(['\u001b[2J'])).toBe(String.raw`seckey '\u{1b}[2J'`);
});
