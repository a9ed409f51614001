import { expect, test } from 'vitest';
import { toBase64url } from '../../src/encoding/bytes.ts';

/** RFC 4648 §10, and the two characters in which base64url differs, as in its §5. */
test.each([
  ['', ''],
  ['66', 'Zg'],
  ['666f', 'Zm8'],
  ['666f6f', 'Zm9v'],
  ['666f6f626172', 'Zm9vYmFy'],
  ['fbff', '-_8'],
])('base64url of %s', (hex, base64url) => {
  const bytes = Uint8Array.from(Buffer.from(`00${hex}`, 'hex')).subarray(1);
  expect(toBase64url(bytes)).toBe(base64url);
});
