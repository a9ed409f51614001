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
  ])('%s in %i columns', (text, width, expected) => expect(fitted(text, width)).toBe(expected));
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
