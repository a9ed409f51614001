/**
 * A structural check of CBOR before it is decoded: well-formedness, depth, number of items, duplicate keys, and,
 * when `canonical`, the CTAP2 canonical encoding form (CTAP 2.3 §8). Bytes of a key are not trusted before this check.
 */
export class CborError extends Error {
  /** Offset of the first offending byte. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.name = 'CborError';
    this.offset = offset;
  }
}

export interface CborScanOptions {
  /** Refuse everything that is not CTAP2 canonical CBOR: long forms, indefinite lengths, tags, key order, bad UTF-8. */
  canonical: boolean;
  /** Deepest nesting of arrays and maps that is accepted. */
  maxDepth: number;
  /** Most data items that are accepted in the whole message. */
  maxItems: number;
  /** Called for every float with the offsets of its value, the second exclusive. */
  onFloat?: (from: number, to: number) => void;
}

interface Head {
  major: number;
  info: number;
  /** Argument; for 64-bit arguments beyond 2^53 only its magnitude matters here. */
  argument: number;
  next: number;
}

const utf8Strict = new TextDecoder('utf-8', { fatal: true });

/**
 * Checks that `bytes` hold exactly one acceptable data item.
 * @throws {CborError} naming what is wrong and where.
 */
export function scanCbor(bytes: Uint8Array, options: CborScanOptions): void {
  const end = scanFirstCbor(bytes, options);
  if (end !== bytes.length) throw new CborError('bytes after the item', end);
}

/**
 * Checks that `bytes` begin with one acceptable data item, whatever follows.
 * @returns the length of that item in bytes.
 * @throws {CborError} naming what is wrong and where.
 */
export function scanFirstCbor(bytes: Uint8Array, options: CborScanOptions): number {
  let items = 0;

  const readHead = (at: number): Head => {
    const initial = bytes[at];
    if (initial === undefined) throw new CborError('ends early', at);
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (info < 24) return { major, info, argument: info, next: at + 1 };
    if (info === 31) return { major, info, argument: 0, next: at + 1 };
    if (info > 27) throw new CborError('reserved additional information', at);
    const size = 1 << (info - 24);
    if (at + 1 + size > bytes.length) throw new CborError('ends early', at);
    let argument = 0;
    for (let i = 0; i < size; i++) argument = argument * 256 + (bytes[at + 1 + i] as number);
    const smallest = [24, 0x100, 0x1_0000, 0x1_0000_0000][info - 24] as number;
    if (options.canonical && major !== 7 && argument < smallest) throw new CborError('not the shortest form', at);
    return { major, info, argument, next: at + 1 + size };
  };

  const string = (head: Head, at: number): number => {
    if (head.info === 31) throw new CborError('string of indefinite length', at);
    const end = head.next + head.argument;
    if (end > bytes.length) throw new CborError('string ends early', at);
    if (head.major === 3 && options.canonical) {
      try {
        utf8Strict.decode(bytes.subarray(head.next, end));
      } catch {
        throw new CborError('text is not UTF-8', at);
      }
    }
    return end;
  };

  /** The end of one item of an array or map, or undefined at the break of one with indefinite length. */
  const member = (at: number, indefinite: boolean, depth: number): number | undefined =>
    indefinite && bytes[at] === 0xff ? undefined : item(at, depth);

  const array = (head: Head, depth: number): number => {
    const indefinite = head.info === 31;
    let at = head.next;
    for (let i = 0; indefinite || i < head.argument; i++) {
      const next = member(at, indefinite, depth + 1);
      if (next === undefined) return at + 1;
      at = next;
    }
    return at;
  };

  const checkOrder = (previous: Uint8Array | undefined, key: Uint8Array, at: number): void => {
    if (!options.canonical || previous === undefined) return;
    if (compareKeys(previous, key) >= 0) throw new CborError('keys out of order', at);
  };

  const map = (head: Head, depth: number): number => {
    const indefinite = head.info === 31;
    const seen = new Set<string>();
    let at = head.next;
    let previous: Uint8Array | undefined;
    for (let i = 0; indefinite || i < head.argument; i++) {
      const keyEnd = member(at, indefinite, depth + 1);
      if (keyEnd === undefined) return at + 1;
      const key = bytes.subarray(at, keyEnd);
      if (isFloat(readHead(at))) throw new CborError('a float as a key', at);
      // Keys that differ only in the length of their head are duplicates too. latin1 maps each byte to one character.
      const identity = keyIdentity(key, readHead(at));
      if (seen.has(identity)) throw new CborError('duplicate key', at);
      seen.add(identity);
      checkOrder(previous, key, at);
      previous = key;
      at = item(keyEnd, depth + 1);
    }
    return at;
  };

  const checkIndefinite = ({ major }: Head, at: number): void => {
    const isContainer = major >= 2 && major <= 5;
    if (!isContainer) throw new CborError('break or length without a container', at);
    if (options.canonical) throw new CborError('indefinite length', at);
  };

  const simple = (head: Head, at: number): number => {
    // What is left are false, true, null, undefined and floats; the decoder reads the others as extensions of its own.
    if (head.info < 20 || head.info === 24) throw new CborError('unassigned simple value', at);
    if (isFloat(head)) options.onFloat?.(at + 1, head.next);
    return head.next;
  };

  const item = (at: number, depth: number): number => {
    if (++items > options.maxItems) throw new CborError('too many items', at);
    const head = readHead(at);
    if (head.info === 31) checkIndefinite(head, at);
    switch (head.major) {
      case 0:
      case 1:
        return head.next;
      case 2:
      case 3:
        return string(head, at);
      case 4:
      case 5:
        if (depth >= options.maxDepth) throw new CborError('nested too deeply', at);
        return head.major === 4 ? array(head, depth) : map(head, depth);
      case 6:
        // Tags are refused in both modes: no CTAP message has them, and decoders run code of their own for some.
        throw new CborError('tags are not allowed', at);
      default:
        return simple(head, at);
    }
  };

  return item(0, 0);
}

function isFloat({ major, info }: Head): boolean {
  return major === 7 && info >= 25;
}

function keyIdentity(key: Uint8Array, head: Head): string {
  const text = Buffer.from(key).toString('latin1');
  return head.major <= 3 ? `${head.major}:${head.argument}:${text.slice(headLength(head))}` : text;
}

function headLength(head: Head): number {
  return head.info < 24 ? 1 : 1 + (1 << (head.info - 24));
}

/**
 * CTAP2 canonical key order: major type, then encoded length, then bytes. Negative, zero or positive like a comparator.
 */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const major = ((a[0] ?? 0) >> 5) - ((b[0] ?? 0) >> 5);
  if (major !== 0) return major;
  if (a.length !== b.length) return a.length - b.length;
  return Buffer.compare(a, b);
}
