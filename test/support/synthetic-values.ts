/** Values in place of what a trace does not show: of the recorded length, and the same where the trace says the same. */
import { createHash } from 'node:crypto';
import { fromHex, toHex, utf8 } from '../../src/encoding/bytes.ts';
import type { TraceAliases } from '../../src/trace/aliases.ts';

const FILL = 0x5e;

export class SyntheticValues implements TraceAliases {
  readonly #bytes = new Map<number, Uint8Array>();
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<string, number>();

  /** The byte string that `<N bytes #n>` or `h'…'` stands for; undefined if `shown` is none. */
  bytesOf(shown: string): Uint8Array | undefined {
    const hex = /^h'([0-9a-f]*)'$/.exec(shown)?.[1];
    if (hex !== undefined) return fromHex(hex);
    const [, length, number] = /^<(\d+) bytes(?: #(\d+))?>$/.exec(shown) ?? [];
    if (length === undefined) return undefined;
    if (number === undefined) return new Uint8Array(Number(length)).fill(FILL);
    return this.known(shown) ?? this.bind(shown, distinctBytes(Number(length), Number(number)));
  }

  /** What a numbered byte string has been bound to. */
  known(shown: string): Uint8Array | undefined {
    return this.#bytes.get(numberIn(shown));
  }

  /** From now on `shown` stands for `value`. */
  bind(shown: string, value: Uint8Array): Uint8Array {
    const number = numberIn(shown);
    this.#bytes.set(number, value);
    this.#numbers.set(toHex(value), number);
    return value;
  }

  /** The text that `<N characters>` or `<N characters #n>` stands for; undefined if `shown` is none. */
  textOf(shown: string): string | undefined {
    const [, length, number] = /^<(\d+) characters(?: #(\d+))?>$/.exec(shown) ?? [];
    if (length === undefined) return undefined;
    if (number === undefined) return 'x'.repeat(Number(length));
    const text = distinctText(Number(length), Number(number));
    this.#texts.set(text, Number(number));
    return text;
  }

  /** Texts in which aliases stand among others, e.g. `virtual:<2 characters #1>`. */
  resolved(shown: string): string {
    return shown.replace(/<\d+ characters #\d+>/g, (alias) => this.textOf(alias) ?? alias);
  }

  /** The alias of a byte string that the client sent. What is seen for the first time gets the next number. */
  bytes(value: Uint8Array): string {
    const number = this.#numbers.get(toHex(value));
    if (number !== undefined) return `<${value.length} bytes #${number}>`;
    const shown = `<${value.length} bytes #${Math.max(0, ...this.#bytes.keys()) + 1}>`;
    this.bind(shown, Uint8Array.from(value));
    return shown;
  }

  /** The alias of a text that the client sent: it can only know those that it was given. */
  text(value: string): string {
    return `<${value.length} characters #${this.#texts.get(value) ?? '?'}>`;
  }
}

function numberIn(shown: string): number {
  return Number(/#(\d+)>$/.exec(shown)?.[1]);
}

/** `length` bytes that differ with `seed` from the first ones on. */
export function distinctBytes(length: number, seed: number | string): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += 32) {
    const block = createHash('sha256')
      .update(utf8(`recording ${seed} ${offset}`))
      .digest();
    bytes.set(block.subarray(0, length - offset), offset);
  }
  return bytes;
}

/** `length` characters that no other `number` has. @throws {Error} where they are too few for that */
export function distinctText(length: number, number: number): string {
  if (length === 0) return '';
  const digits = number.toString(36);
  if (digits.length > length) throw new Error(`${length} characters are too few to tell text #${number} from others`);
  return digits.padEnd(length, '-');
}
