import { describe, expect, test } from 'vitest';
import { foreignCell, toCsv } from '../../../src/cli/files/csv.ts';

describe('RFC 4180', () => {
  test('lines end with CRLF, the last one too', () =>
    expect(
      toCsv([
        ['a', 'b'],
        ['1', ''],
      ]),
    ).toBe('a,b\r\n1,\r\n'));
  test.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' spaced ', '" spaced "'],
    ['Zoë 🔑', 'Zoë 🔑'],
  ])('%j', (cell, expected) => expect(toCsv([[cell]])).toBe(`${expected}\r\n`));
});

describe('text from keys cannot run in a spreadsheet or move a cursor', () => {
  test.each([
    ['=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\u3000=1', "'\u3000=1"],
    ['\uff1d1', "'\uff1d1"],
    ['\t=1', '\\u{9}=1'],
    ['\u202e=1', '\\u{202e}=1'],
    ['bala@contoso.com', 'bala@contoso.com'],
    ['', ''],
  ])('%j', (text, expected) => expect(foreignCell(text)).toBe(expected));
});
