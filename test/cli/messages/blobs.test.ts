import { expect, test } from 'vitest';
import { printable } from '../../../src/cli/messages/blobs.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';

test.each(['', 'a certificate\n', 'two\tcolumns\n', 'Größe, 山田'])('%j may be shown', (text) => {
  expect(printable(utf8(text))).toBe(text);
});

test.each([
  ['an escape sequence', utf8('\u001b[2J')],
  ['a carriage return', utf8('safe\rnot')],
  ['a bidirectional override', utf8('\u202egpj.exe')],
  ['a byte order mark', utf8('\ufefftext')],
  ['NUL', Uint8Array.of(0)],
  ['no UTF-8', Uint8Array.of(0xc3, 0x28)],
])('%s may not', (_, data) => expect(printable(data)).toBeUndefined());
