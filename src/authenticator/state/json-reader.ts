import { fromHex } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
export type JsonObject = { readonly [name: string]: JsonValue };

/** Reads a stored state member by member; whatever does not fit is reported with its path, never with its value. */
export class JsonReader {
  readonly path: string;
  readonly #value: unknown;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.path = path;
  }

  /** @throws {FidoError} `invalid-input` */
  refuse(expected: string): never {
    throw new FidoError('invalid-input', `${this.path} is not ${expected}`, {
      hint: 'The file is damaged or does not belong to a software key.',
    });
  }

  member(name: string): JsonReader {
    return this.optional(name) ?? new JsonReader(undefined, `${this.path}.${name}`).refuse('there');
  }

  optional(name: string): JsonReader | undefined {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value)) this.refuse('an object');
    const value = Object.hasOwn(this.#value, name) ? (this.#value as Record<string, unknown>)[name] : undefined;
    return value === undefined ? undefined : new JsonReader(value, `${this.path}.${name}`);
  }

  integer(min: number, max: number): number {
    const value = this.#value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      this.refuse(`an integer from ${min} to ${max}`);
    }
    return value;
  }

  boolean(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.refuse('true or false');
  }

  text(): string {
    return typeof this.#value === 'string' ? this.#value : this.refuse('text');
  }

  /** Bytes from hex; of `length` bytes if given. */
  bytes(length?: number): Uint8Array {
    const expected = length === undefined ? 'bytes in hex' : `${length} bytes in hex`;
    if (typeof this.#value !== 'string') this.refuse(expected);
    try {
      const bytes = fromHex(this.#value);
      if (length === undefined || bytes.length === length) return bytes;
    } catch {
      // Refused below, without repeating a value that may be a secret.
    }
    return this.refuse(expected);
  }

  list(): JsonReader[] {
    if (!Array.isArray(this.#value)) this.refuse('a list');
    return this.#value.map((value, i) => new JsonReader(value, `${this.path}[${i}]`));
  }
}
