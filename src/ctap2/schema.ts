/**
 * Declares CTAP2 messages once, as maps with integer keys, so that one declaration gives the type, the encoder and the
 * reader of both ends (CTAP 2.3 §6).
 */

import { concat } from '../encoding/bytes.ts';
import { type CborMap, type CborValue, decodeCborStrict, decodeCborTolerant, encodeCbor } from '../encoding/cbor.ts';

/**
 * A value did not have the declared shape. An authenticator answers CTAP2_ERR_MISSING_PARAMETER (0x14) to kind
 * `missing` and CTAP2_ERR_CBOR_UNEXPECTED_TYPE (0x11) to kind `type`.
 */
export class SchemaError extends Error {
  readonly kind: 'missing' | 'type';
  /** Where, in the specification's names, e.g. `clientPIN.keyAgreement`. */
  readonly path: string;

  constructor(kind: 'missing' | 'type', path: string, expected: string) {
    super(kind === 'missing' ? `${path} is missing` : `${path} is not ${expected}`);
    this.name = 'SchemaError';
    this.kind = kind;
    this.path = path;
  }
}

/** Turns one kind of value into CBOR and back. `decode` throws {@link SchemaError}. */
export interface Codec<T> {
  encode(value: T): CborValue;
  decode(value: CborValue, path: string): T;
}

export type TypeOf<C> = C extends Codec<infer T> ? T : never;

function primitive<T>(expected: string, accepts: (value: CborValue) => boolean): Codec<T> {
  return {
    encode: (value) => value as CborValue,
    decode: (value, path) => {
      if (!accepts(value)) throw new SchemaError('type', path, expected);
      return value as T;
    },
  };
}

/** Unsigned integer up to 2^53 − 1. */
export const uint = primitive<number>('an unsigned integer', (v) => Number.isSafeInteger(v) && (v as number) >= 0);
/** Signed integer within ±2^53. */
export const int = primitive<number>('an integer', (v) => Number.isSafeInteger(v));
/** Unsigned 64-bit integer. */
export const uint64 = primitive<number | bigint>(
  'an unsigned integer',
  (v) => (typeof v === 'bigint' && v >= 0n) || (Number.isSafeInteger(v) && (v as number) >= 0),
);
export const bool = primitive<boolean>('true or false', (v) => typeof v === 'boolean');
export const text = primitive<string>('text', (v) => typeof v === 'string');
export const bytes = primitive<Uint8Array>('a byte string', (v) => v instanceof Uint8Array);
/** A map that is passed on as it is, e.g. a COSE_Key. */
export const map = primitive<CborMap>('a map', (v) => v instanceof Map);
/** Parameters that pinUvAuthParam covers byte for byte, so that they must be written again as they came. */
export const parameters = primitive<CborMap>('a map of CTAP values', (v) => v instanceof Map && isCtapValue(v));
export const any = primitive<CborValue>('anything', () => true);

/** Whether it is free of undefined and floats, which are CBOR but occur in no CTAP message (CTAP 2.3 §8). */
function isCtapValue(value: CborValue): boolean {
  if (value instanceof Map) return [...value].every((entry) => entry.every(isCtapValue));
  if (Array.isArray(value)) return value.every(isCtapValue);
  return typeof value === 'number' ? Number.isSafeInteger(value) : value !== undefined;
}

export function arrayOf<T>(element: Codec<T>): Codec<readonly T[]> & { readonly element: Codec<T> } {
  return {
    element,
    encode: (value) => value.map((member) => element.encode(member)),
    decode: (value, path) => {
      if (!Array.isArray(value)) throw new SchemaError('type', path, 'an array');
      return value.map((member, i) => element.decode(member, `${path}[${i}]`));
    },
  };
}

/** A map from text to `member`, as a plain object without prototype (keys come from the key and may be `__proto__`). */
export function recordOf<T>(member: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    encode: (value) => new Map(Object.entries(value).map(([key, entry]) => [key, member.encode(entry)])),
    decode: (value, path) => {
      if (!(value instanceof Map)) throw new SchemaError('type', path, 'a map');
      const record: Record<string, T> = Object.create(null);
      for (const [key, entry] of value) {
        if (typeof key !== 'string') throw new SchemaError('type', path, 'a map with text keys');
        record[key] = member.decode(entry, `${path}.${key}`);
      }
      return record;
    },
  };
}

export interface Member<T, Optional extends boolean> {
  key: number | string;
  codec: Codec<T>;
  optional: Optional;
}
// biome-ignore lint/suspicious/noExplicitAny: the members of a struct have different types
export type Members = Record<string, Member<any, boolean>>;
export type MemberType<M> = M extends Member<infer T, boolean> ? T : never;
export type StructOf<M extends Members> = {
  [K in keyof M as M[K]['optional'] extends true ? never : K]: MemberType<M[K]>;
} & {
  [K in keyof M as M[K]['optional'] extends true ? K : never]?: MemberType<M[K]> | undefined;
};

export function required<T>(key: number | string, codec: Codec<T>): Member<T, false> {
  return { key, codec, optional: false };
}
export function optional<T>(key: number | string, codec: Codec<T>): Member<T, true> {
  return { key, codec, optional: true };
}

/** A struct writes a map, so that e.g. subCommandParams can be built by one and carried as {@link map}. */
export interface StructCodec<M extends Members> extends Codec<StructOf<M>> {
  readonly members: M;
  encode(value: StructOf<M>): CborMap;
}

/**
 * A map with declared keys. Unknown keys are ignored when reading (CTAP 2.3 §6); members that are `undefined` are not
 * written. A member that is present with CBOR's undefined or null as its value has the wrong type.
 */
export function struct<M extends Members>(members: M): StructCodec<M> {
  return {
    members,
    encode: (value) => {
      const result = new Map<CborValue, CborValue>();
      for (const [name, { key, codec }] of Object.entries(members)) {
        const member = (value as Record<string, unknown>)[name];
        if (member !== undefined) result.set(key, codec.encode(member));
      }
      return result;
    },
    decode: (value, path) => {
      if (!(value instanceof Map)) throw new SchemaError('type', path, 'a map');
      const result: Record<string, unknown> = {};
      for (const [name, { key, codec, optional }] of Object.entries(members)) {
        if (value.has(key)) result[name] = codec.decode(value.get(key), `${path}.${name}`);
        else if (!optional) throw new SchemaError('missing', `${path}.${name}`, '');
      }
      return result as StructOf<M>;
    },
  };
}

/**
 * Like {@link struct}, for answers in which one odd member must not hide the others: optional members of an unexpected
 * type and members without declaration are kept as they came in `unknownMembers`.
 */
export function tolerantStruct<M extends Members>(
  members: M,
): Codec<StructOf<M> & { unknownMembers?: CborMap | undefined }> & { readonly members: M } {
  const strict = struct(members);
  const declared = new Set<CborValue>(Object.values(members).map(({ key }) => key));
  return {
    members,
    encode: (value) => {
      const known = strict.encode(value);
      return value.unknownMembers ? new Map([...known, ...value.unknownMembers]) : known;
    },
    decode: (value, path) => {
      if (!(value instanceof Map)) throw new SchemaError('type', path, 'a map');
      const readable = new Map(value);
      const unknownMembers = new Map([...value].filter(([key]) => !declared.has(key)));
      for (const [name, { key, codec, optional }] of Object.entries(members)) {
        if (!optional || !value.has(key)) continue;
        const member = value.get(key);
        try {
          codec.decode(member, name);
        } catch {
          readable.delete(key);
          unknownMembers.set(key, member);
        }
      }
      const known = strict.decode(readable, path);
      return unknownMembers.size > 0 ? { ...known, unknownMembers } : known;
    },
  };
}

/** The request or response of a command that has no members. */
export const nothing: Codec<Record<never, never>> = {
  encode: () => undefined,
  decode: () => ({}),
};

export interface Command<Request, Response> {
  /** The specification's name without `authenticator`, e.g. `clientPIN`. */
  readonly name: string;
  readonly code: number;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}
export type RequestOf<C> = C extends Command<infer Request, infer _> ? Request : never;
export type ResponseOf<C> = C extends Command<infer _, infer Response> ? Response : never;

export function defineCommand<Request, Response>(command: Command<Request, Response>): Command<Request, Response> {
  return command;
}

/** Command byte ‖ canonical CBOR of the request. */
export function encodeRequest<Request>(command: Command<Request, unknown>, request: Request): Uint8Array {
  return concat(Uint8Array.of(command.code), encodeOptional(command.request.encode(request)));
}

/** CTAP2_OK (0x00) ‖ canonical CBOR of the response; the status alone if the response has no members. */
export function encodeResponse<Response>(command: Command<unknown, Response>, response: Response): Uint8Array {
  const value = command.response.encode(response);
  const empty = value instanceof Map && value.size === 0;
  return concat(Uint8Array.of(0), encodeOptional(empty ? undefined : value));
}

function encodeOptional(value: CborValue): Uint8Array {
  return value === undefined ? new Uint8Array(0) : encodeCbor(value);
}

/**
 * The request in `payload`, the bytes after the command byte.
 * @throws {CborError | SchemaError}
 */
export function decodeRequest<Request>(command: Command<Request, unknown>, payload: Uint8Array): Request {
  if (command.request === nothing) return {} as Request;
  if (payload.length === 0) throw new SchemaError('missing', command.name, '');
  return command.request.decode(decodeCborStrict(payload), command.name);
}

/**
 * The response in `payload`, the bytes after CTAP2_OK (0x00). Some keys send no map if all members are optional.
 * @throws {CborError | SchemaError}
 */
export function decodeResponse<Response>(command: Command<unknown, Response>, payload: Uint8Array): Response {
  if (command.response === nothing) return {} as Response;
  const value = payload.length === 0 ? new Map() : decodeCborTolerant(payload);
  return command.response.decode(value, command.name);
}
