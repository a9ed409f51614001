/** CTAP2 canonical CBOR (CTAP 2.3 §8) as a check of its own, by hand: what a key says is held to it in every test. */

/**
 * The end of the item at `at`.
 * @throws {Error} where it is not canonical: long heads, indefinite lengths, tags, floats, keys out of order, at any depth.
 */
export function canonicalEnd(bytes: Uint8Array, at = 0): number {
  const initial = bytes[at];
  if (initial === undefined) throw new Error(`ends early at byte ${at}`);
  const [major, info] = [initial >> 5, initial & 31];
  if (major === 7) {
    if (info !== 20 && info !== 21) throw new Error(`simple value ${info} at byte ${at}`);
    return at + 1;
  }
  if (major === 6 || info > 27) throw new Error(`head ${initial.toString(16)} at byte ${at}`);
  const width = info < 24 ? 0 : 1 << (info - 24);
  const argument = width === 0 ? info : Number(`0x${Buffer.from(bytes.slice(at + 1, at + 1 + width)).toString('hex')}`);
  const least = [0, 24, 0x100, 0, 0x1_0000, 0, 0, 0, 0x1_0000_0000][width] as number;
  if (argument < least) throw new Error(`${argument} in ${width} bytes at byte ${at}`);
  let end = at + 1 + width;
  if (major < 2) return end;
  if (major < 4) {
    if (end + argument > bytes.length) throw new Error(`string ends early at byte ${at}`);
    return end + argument;
  }
  let previous: Buffer | undefined;
  for (let i = 0; i < argument; i++) {
    const keyEnd = canonicalEnd(bytes, end);
    if (major === 5) {
      const key = Buffer.from(bytes.slice(end, keyEnd));
      if (previous && inOrder(previous, key) >= 0) throw new Error(`key out of order at byte ${end}`);
      previous = key;
    }
    end = major === 5 ? canonicalEnd(bytes, keyEnd) : keyEnd;
  }
  return end;
}

function inOrder(a: Buffer, b: Buffer): number {
  const major = (a[0]! >> 5) - (b[0]! >> 5);
  return major || a.length - b.length || Buffer.compare(a, b);
}
