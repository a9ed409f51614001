import { describe, expect, test } from 'vitest';
import { escaped, jsonText } from '../../../src/cli/terminal/escape.ts';

describe('text from keys', () => {
  test.each([
    ['\u001b[2J', '\\u{1b}[2J'],
    ['a\rb\nc', 'a\\u{d}b\\u{a}c'],
    ['\u009b31m', '\\u{9b}31m'],
    ['evil\u202egnp.exe', 'evil\\u{202e}gnp.exe'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j is made harmless', (text, expected) => expect(escaped(text)).toBe(expected));

  test.each(['Zoë 🔑', 'مرحبا', '日本語', 'Bala Sandhu <bala@contoso.com>'])('%s stays', (text) =>
    expect(escaped(text)).toBe(text),
  );
});

describe('JSON from keys', () => {
  test.each(['\u001b[2J', '\u009b31m', 'evil\u202egnp.exe', '\u{e0041}', 'two\nlines', '\ud800', 'Zoë 🔑'])(
    '%j means the same',
    (text) => {
      const json = jsonText({ text }, 2);
      expect(JSON.parse(json)).toEqual({ text });
      expect(json.replaceAll('\n', '')).toBe(escaped(json.replaceAll('\n', '')));
    },
  );

  test('as it is where nothing is dangerous', () => expect(jsonText({ a: ['Zoë 🔑'] })).toBe('{"a":["Zoë 🔑"]}'));
});
