/** Every place in a declared message, and a message that has something there: for tests that no member may escape. */
import {
  bool,
  bytes,
  type Codec,
  int,
  type Members,
  map,
  parameters,
  text,
  uint,
  uint64,
} from '../../src/ctap2/schema.ts';
import { inOrder, type Wire } from '../authenticator/support/hand-made-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: codecs of every type
export type AnyCodec = Codec<any>;
type Key = number | string;

export interface Place {
  /** For a person, e.g. `rp.name`. */
  readonly name: string;
  readonly path: readonly Key[];
  readonly codec: AnyCodec;
  /** Of the member; elements of arrays have none. */
  readonly optional: boolean | undefined;
}

const SAMPLES = new Map<AnyCodec, Wire>([
  [uint, 1],
  [uint64, 1],
  [int, -7],
  [bool, true],
  [text, 'x'],
  [bytes, new Uint8Array(32)],
  [map, new Map()],
  [parameters, new Map()],
]);

export const INTEGERS: ReadonlySet<AnyCodec> = new Set<AnyCodec>([uint, uint64, int]);

const membersOf = (codec: AnyCodec) => ('members' in codec ? (codec.members as Members) : undefined);
const elementOf = (codec: AnyCodec) => ('element' in codec ? (codec.element as AnyCodec) : undefined);

/** Members, their members, elements of arrays, at every level. */
export function places(codec: AnyCodec, at: Pick<Place, 'name' | 'path'> = { name: '', path: [] }): Place[] {
  const below = (name: string, key: Key, inner: AnyCodec, optional?: boolean): Place[] => {
    const place = { name: at.name ? `${at.name}.${name}` : name, path: [...at.path, key], codec: inner, optional };
    return [place, ...places(inner, place)];
  };
  const element = elementOf(codec);
  if (element) return below('0', 0, element);
  return Object.entries(membersOf(codec) ?? {}).flatMap(([name, { key, codec, optional }]) =>
    below(name, key, codec, optional),
  );
}

/** A message of this declaration with all members, and `odd` at the place that `path` names. */
export function messageWith(codec: AnyCodec, path: readonly Key[], odd: Wire): Wire {
  const [first, ...rest] = path;
  const at = (key: Key, inner: AnyCodec) =>
    key === first ? (rest.length ? messageWith(inner, rest, odd) : odd) : sample(inner);
  const element = elementOf(codec);
  if (element) return [at(0, element)];
  const members = Object.values(membersOf(codec) ?? {});
  return inOrder(new Map(members.map(({ key, codec: inner }) => [key, at(key, inner)])));
}

function sample(codec: AnyCodec): Wire {
  const known = SAMPLES.get(codec);
  if (known !== undefined) return known;
  if (elementOf(codec) || membersOf(codec)) return messageWith(codec, [], true);
  // What only answers have: a record, or text in bytes.
  return [new Map<string, Wire>(), new Uint8Array(2)].find((candidate) => isReadable(codec, candidate)) ?? true;
}

function isReadable(codec: AnyCodec, value: Map<string, Wire> | Uint8Array): boolean {
  try {
    codec.decode(value as never, '');
    return true;
  } catch {
    return false;
  }
}
