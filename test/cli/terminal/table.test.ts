import { describe, expect, test } from 'vitest';
import { fitted, table, textWidth } from '../../../src/cli/terminal/table.ts';

describe('width on a terminal', () => {
  test.each([
    ['abc', 3],
    ['山田', 4],
    ['🔑', 2],
    ['e\u0301', 1],
    ['مرحبا', 5],
    ['', 0],
  ])('%s', (text, width) => expect(textWidth(text)).toBe(width));

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['山田太郎', 6, '山田…'],
    ['🔑🔑🔑', 4, '🔑…'],
    ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['', 0, ''],
    ['山田', 1, '…'],
  ])('%s in %i columns', (text, width, expected) => expect(fitted(text, width)).toBe(expected));
});

describe('names that a key made to hurt', () => {
  test('a hundred thousand combining marks take no time, and are cut', () => {
    const name = `a${'\u0301'.repeat(100_000)}`;
    const start = performance.now();
    const [line = ''] = table([['id', name, 'x'.repeat(100_000)]], { width: 80, whole: [0] });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(line.length).toBeLessThan(200);
    expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  test('as many marks as a language needs stay', () => {
    const name = `a${'\u0301'.repeat(30)}b`;
    expect(fitted(name, 80)).toBe(name);
    expect(fitted(`${'\u0301'.repeat(31)}b`, 80)).toBe(`${'\u0301'.repeat(30)}…`);
  });

  test('a program gets all of it', () => {
    const name = 'a\u0301'.repeat(1_000) + '\u0301'.repeat(1_000);
    expect(table([[name]], { width: Number.POSITIVE_INFINITY })).toEqual([name]);
  });
});

describe('tables', () => {
  test('columns line up, nothing trails', () =>
    expect(
      table(
        [
          ['a', 'bb', 'c'],
          ['aaa', '', ''],
        ],
        { width: 80 },
      ),
    ).toEqual(['a    bb  c', 'aaa']));

  test('an empty column takes no room', () => expect(table([['a', '', 'b']], { width: 80 })).toEqual(['a  b']));

  test('the widest column is cut first, whole ones never', () => {
    const lines = table([['0123456789abcdef', 'x'.repeat(300), '山'.repeat(30)]], { width: 80, whole: [0] });
    expect(textWidth(lines[0] ?? '')).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^0123456789abcdef {2}x+… {2}山+…$/);
  });

  test('a terminal too narrow gets lines that wrap', () =>
    expect(table([['0123456789', 'abc']], { width: 5, whole: [0] })).toEqual(['0123456789  abc']));

  test('no rows', () => expect(table([], { width: 80 })).toEqual([]));
});
