import { describe, expect, test } from 'vitest';
import {
  entriesWithLargeBlob,
  largeBlobCreateError,
  largeBlobCreateOutput,
  largeBlobGetError,
  largeBlobKeyInputOnCreate,
  largeBlobKeyInputOnGet,
  largeBlobReadOutput,
} from '../../../../src/ctap2/extensions/webauthn/large-blob.ts';
import { MAX_LARGE_BLOB_LENGTH, parseLargeBlobArray, sealLargeBlob } from '../../../../src/ctap2/large-blob-array.ts';
import { fromHex, toHex, utf8 } from '../../../../src/encoding/bytes.ts';
import { vectors } from '../../../support/vectors.ts';

const [ours, theirs] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const write = utf8('to be kept');

describe('what is refused (WebAuthn §10.1.5)', () => {
  test('create() neither reads nor writes', () => {
    expect(largeBlobCreateError({ support: 'required' })).toBeUndefined();
    expect(largeBlobCreateError({})).toBeUndefined();
    for (const inputs of [{ read: true }, { read: false }, { write }]) {
      expect(largeBlobCreateError({ support: 'preferred', ...inputs })).toBe('NotSupportedError');
    }
  });

  test('get() reads, or writes for exactly one credential', () => {
    for (const count of [0, 1, 2]) expect(largeBlobGetError({ read: true }, count)).toBeUndefined();
    expect([0, 1, 2].map((count) => largeBlobGetError({ write }, count))).toEqual([
      'NotSupportedError',
      undefined,
      'NotSupportedError',
    ]);
    expect(largeBlobGetError({ read: false, write }, 1)).toBe('NotSupportedError');
    expect(largeBlobGetError({ support: 'preferred' }, 1)).toBe('NotSupportedError');
    expect(largeBlobGetError({}, 0)).toBeUndefined();
  });
});

test('largeBlobKey is asked for where a key gives it, and never with false', () => {
  expect([true, false].map(largeBlobKeyInputOnCreate)).toEqual([true, undefined]);
  expect([{ read: true }, { write }, { read: false }, {}].map(largeBlobKeyInputOnGet)).toEqual([
    true,
    true,
    undefined,
    undefined,
  ]);
});

test('a credential supports blobs if it came with a key for them', () => {
  expect(largeBlobCreateOutput(ours)).toEqual({ supported: true });
  expect(largeBlobCreateOutput(undefined)).toEqual({ supported: false });
});

describe('reading', () => {
  test('the entry of the vectors', () => {
    const { largeBlobKey, serializedArray, original } = vectors.largeBlobs;
    const { entries } = parseLargeBlobArray(fromHex(serializedArray));
    const { blob } = largeBlobReadOutput(fromHex(largeBlobKey), [sealLargeBlob(theirs, write), ...entries]);
    expect(toHex(blob!)).toBe(original);
  });

  test('no blob without key, without entry, or where the entry is of another credential', () => {
    const entries = [sealLargeBlob(theirs, write)];
    expect(largeBlobReadOutput(undefined, entries)).toEqual({});
    expect(largeBlobReadOutput(ours, entries)).toEqual({});
    expect(largeBlobReadOutput(ours, [])).toEqual({});
  });

  test('an empty blob is one', () => {
    expect(largeBlobReadOutput(ours, [sealLargeBlob(ours, new Uint8Array(0))])).toEqual({ blob: new Uint8Array(0) });
  });
});

describe('writing', () => {
  const others = [sealLargeBlob(theirs, utf8('first')), Uint8Array.of(0xf6), sealLargeBlob(theirs, utf8('last'))];

  test('the own entry is replaced where it stands, others stay as they are', () => {
    const before = others.toSpliced(1, 0, sealLargeBlob(ours, utf8('before')));
    const after = entriesWithLargeBlob(ours, write, before);
    expect(after.toSpliced(1, 1)).toEqual(others);
    expect(largeBlobReadOutput(ours, after)).toEqual({ blob: write });
  });

  test('a first one comes last', () => {
    const after = entriesWithLargeBlob(ours, write, others);
    expect(after.slice(0, -1)).toEqual(others);
    expect(largeBlobReadOutput(ours, after.slice(-1))).toEqual({ blob: write });
  });

  test('of several own ones, one is left', () => {
    const after = entriesWithLargeBlob(
      ours,
      write,
      [1, 2, 3].map((n) => sealLargeBlob(ours, Uint8Array.of(n))),
    );
    expect(after).toHaveLength(1);
    expect(largeBlobReadOutput(ours, after)).toEqual({ blob: write });
  });

  test('more than any key holds is refused', () => {
    expect(() => entriesWithLargeBlob(ours, new Uint8Array(MAX_LARGE_BLOB_LENGTH + 1), [])).toThrow(RangeError);
  });
});
