import { expect, test } from 'vitest';
import { fromHex } from '../../../src/encoding/bytes.ts';
import { vectors } from '../../support/vectors.ts';
import { canonicalEnd } from './canonical.ts';
import { readAnswer } from './hand-made-client.ts';

test('the check that every answer in these tests goes through can fail, at any depth', () => {
  for (const { hex } of vectors.cbor.encode) expect(canonicalEnd(fromHex(hex))).toBe(hex.length / 2);
  for (const hex of [
    'a202010100',
    'a101a2616202616101',
    'a10181a202000100',
    'a11801f5',
    'a1015f41ff',
    'a201f501f5',
    'a101f6',
  ])
    expect(() => readAnswer(fromHex(`00${hex}`)), hex).toThrow(/at byte/);
  expect(() => readAnswer(fromHex('00a101f500'))).toThrow('after the answer');
});
