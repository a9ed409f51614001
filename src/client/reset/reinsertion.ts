/**
 * Which of the keys that come is the one that was removed. A state machine without clock, keys or person: a state says what
 * is looked at next, and {@link step} says what follows from what was seen. `replug.ts` does the looking and the telling.
 *
 * ```
 *  waiting-for-removal
 *    │ removal                                     tells: insert it
 *    ▼
 *  waiting-for-insertion ◄───────────────────────────────────┐
 *    │ listing                                               │
 *    ├── no key to open, time is left ───────────────────────┤  tells of keys elsewhere
 *    ├── no key to open, time is over ───────► timed-out     │
 *    ├── several that are new ───────────────► ambiguous     │
 *    ▼ one that is new; after news, strangers                │
 *  opening                                                   │
 *    ├── another, gone: the next one, or a new look ─────────┘  tells: wrong key
 *    ├── same ───────────────────────────────► reinserted
 *    ├── same, and a twin was moved too ─────► ambiguous
 *    └── unreadable ─────────────────────────► failed, or `another` if it was that before
 * ```
 */
import type { FidoError } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { placeOf } from '../../transport/key-place.ts';
import type { WrongKeyReason } from '../interaction.ts';
import { isLikelyTwin, onTransportOf } from './same-key.ts';

/** The key that is to come back. */
export interface WantedKey {
  key: DiscoveredKey;
  /** A serial number tells it from its twins. */
  isUnique: boolean;
  /** How long a person may take to insert it. */
  timeoutMs: number;
}

/** What is known of the keys around while one is waited for. Keys are known by their places. */
interface KeysAround {
  readonly wanted: WantedKey;
  /** Epoch ms. */
  readonly deadline: number;
  /** On the wanted key's transport, and not it: they stayed in, or are strangers. */
  readonly others: ReadonlySet<string>;
  /** Those of the others that came, were opened, and were not the wanted key. */
  readonly strangers: ReadonlySet<string>;
  /** Those that stayed in and may be twins of the wanted key. */
  readonly twins: ReadonlySet<string>;
  /** One of the twins was taken out: what comes now may be either of the two. */
  readonly twinLeft: boolean;
  /** On other transports: since when (epoch ms) for as long as nobody was told. */
  readonly elsewhere: ReadonlyMap<string, number | 'told'>;
}

export interface WaitingForRemoval {
  readonly at: 'waiting-for-removal';
  readonly wanted: WantedKey;
}

export interface WaitingForInsertion {
  readonly at: 'waiting-for-insertion';
  readonly around: KeysAround;
  /** When to look, if nothing comes or goes before. */
  readonly lookInMs: number;
}

export interface Opening {
  readonly at: 'opening';
  readonly around: KeysAround;
  readonly key: DiscoveredKey;
  /** How long failures may be those of a key that was inserted this moment. */
  readonly settleMs: number;
  /** When it was first seen (epoch ms). */
  readonly seenAt: number;
  /** To be opened after it. */
  readonly next: readonly DiscoveredKey[];
  /** Listed with it, on other transports; undefined if it is new, because then nobody is told of those. */
  readonly elsewhere: readonly DiscoveredKey[] | undefined;
}

/** How it ended. */
export type ReplugEnd =
  | { readonly at: 'reinserted'; readonly seenAt: number; readonly others: ReadonlySet<string> }
  | { readonly at: 'ambiguous'; readonly why: 'several-came' | 'twin-moved'; readonly count: number }
  | { readonly at: 'timed-out' }
  | { readonly at: 'failed'; readonly error: FidoError };

export type ReplugState = WaitingForRemoval | WaitingForInsertion | Opening | ReplugEnd;

/** What was seen; `now` is epoch ms. */
export type ReplugObservation = { readonly now: number } & (
  | { readonly saw: 'removal'; readonly keys: readonly DiscoveredKey[] }
  /** `isNews`: something came or went since the listing before. */
  | { readonly saw: 'listing'; readonly keys: readonly DiscoveredKey[]; readonly isNews: boolean }
  /** Of the key that is opened: the wanted one, another, or one that was taken out again. */
  | { readonly saw: 'same' }
  | { readonly saw: 'another' }
  | { readonly saw: 'gone' }
  | { readonly saw: 'unreadable'; readonly error: FidoError }
);

type Seen<Kind extends ReplugObservation['saw']> = Extract<ReplugObservation, { saw: Kind }>;

export type ReplugNotice =
  | { readonly tell: 'insert' }
  | { readonly tell: 'wrong-key'; readonly key: DiscoveredKey; readonly reason: WrongKeyReason };

export interface ReplugStep {
  readonly state: ReplugState;
  /** What the person is told, in order. */
  readonly notices: readonly ReplugNotice[];
}

/** Watching is not trusted alone: a missed event must not leave a person waiting. */
const POLL_MS = 500;
/** udev sets permissions a moment after the device node appears. */
const SETTLE_MS = 2_000;
/** A key on USB may show its card interface a moment before its own; only what stays alone is worth a word. */
const DUPLICATE_INTERFACE_MS = 1_500;

/** @throws {Error} for what cannot be seen in that state, which is a bug */
export function step(state: ReplugState, seen: ReplugObservation): ReplugStep {
  if (state.at === 'waiting-for-removal' && seen.saw === 'removal') return wasRemoved(state.wanted, seen);
  if (state.at === 'waiting-for-insertion' && seen.saw === 'listing') return look(state.around, seen);
  if (state.at === 'opening' && seen.saw !== 'listing' && seen.saw !== 'removal') return wasOpened(state, seen);
  throw new Error(`no ${seen.saw} is looked for while ${state.at}`);
}

/** Keys that stay in are no candidates. The removed one's own place is free, even if the system still lists it. */
function wasRemoved(wanted: WantedKey, { keys, now }: Seen<'removal'>): ReplugStep {
  const others = new Set(onTransportOf(wanted.key, keys).map(placeOf));
  others.delete(placeOf(wanted.key));
  const twins = wanted.isUnique ? [] : keys.filter((key) => isLikelyTwin(wanted.key, key));
  const around: KeysAround = {
    wanted,
    deadline: now + wanted.timeoutMs,
    others,
    strangers: new Set(),
    twins: new Set(twins.map(placeOf).filter((place) => others.has(place))),
    twinLeft: false,
    elsewhere: new Map(elsewhereThan(wanted.key, keys).map((key) => [placeOf(key), 'told'])),
  };
  return { state: { at: 'waiting-for-insertion', around, lookInMs: 0 }, notices: [{ tell: 'insert' }] };
}

function look(before: KeysAround, { keys, isNews, now }: Seen<'listing'>): ReplugStep {
  const present = onTransportOf(before.wanted.key, keys);
  const around = withoutAbsent(before, present);
  const [first, ...more] = present.filter((key) => !around.others.has(placeOf(key)));
  if (more.length > 0) return end({ at: 'ambiguous', why: 'several-came', count: more.length + 1 });
  if (first) return openNext(around, [first], undefined, now);
  // A place may have got another key before anybody saw it empty, so strangers are looked at again.
  const again = isNews ? present.filter((key) => around.strangers.has(placeOf(key))) : [];
  return openNext(around, again, elsewhereThan(before.wanted.key, keys), now);
}

function withoutAbsent(before: KeysAround, present: readonly DiscoveredKey[]): KeysAround {
  const places = new Set(present.map(placeOf));
  const stays = (place: string) => places.has(place);
  return {
    ...before,
    others: new Set([...before.others].filter(stays)),
    strangers: new Set([...before.strangers].filter(stays)),
    twinLeft: before.twinLeft || ![...before.twins].every(stays),
  };
}

function openNext(
  around: KeysAround,
  [key, ...next]: readonly DiscoveredKey[],
  elsewhere: readonly DiscoveredKey[] | undefined,
  now: number,
): ReplugStep {
  if (!key) return wait(around, elsewhere, now);
  const settleMs = around.strangers.has(placeOf(key)) ? 0 : SETTLE_MS;
  return { state: { at: 'opening', around, key, settleMs, seenAt: now, next, elsewhere }, notices: [] };
}

function wasOpened(opening: Opening, seen: Seen<'same' | 'another' | 'gone' | 'unreadable'>): ReplugStep {
  const { around, key, next, elsewhere } = opening;
  const isStranger = around.strangers.has(placeOf(key));
  if (seen.saw === 'same') return wasFound(opening);
  if (seen.saw === 'gone') return openNext(around, next, elsewhere, seen.now);
  if (seen.saw === 'unreadable' && !isStranger) return end({ at: 'failed', error: seen.error });
  const others = new Set(around.others).add(placeOf(key));
  const strangers = new Set(around.strangers).add(placeOf(key));
  const after = openNext({ ...around, others, strangers }, next, elsewhere, seen.now);
  // Nobody is told twice of a stranger.
  if (isStranger) return after;
  return { ...after, notices: [{ tell: 'wrong-key', key, reason: 'another-key' }, ...after.notices] };
}

function wasFound({ around, key, seenAt }: Opening): ReplugStep {
  if (around.twinLeft) return end({ at: 'ambiguous', why: 'twin-moved', count: 2 });
  const others = new Set(around.others);
  others.delete(placeOf(key));
  return end({ at: 'reinserted', seenAt, others });
}

/** No key is left to open. */
function wait(before: KeysAround, elsewhere: readonly DiscoveredKey[] | undefined, now: number): ReplugStep {
  const { around, newcomers } = elsewhere ? lookElsewhere(before, elsewhere, now) : { around: before, newcomers: [] };
  const notices = newcomers.map((key) => ({ tell: 'wrong-key', key, reason: 'other-transport' }) as const);
  const leftMs = around.deadline - now;
  if (leftMs <= 0) return { state: { at: 'timed-out' }, notices };
  return { state: { at: 'waiting-for-insertion', around, lookInMs: Math.min(POLL_MS, leftMs) }, notices };
}

/** `newcomers` are worth a word, once for each time that they come. They are never opened. */
function lookElsewhere(
  around: KeysAround,
  keys: readonly DiscoveredKey[],
  now: number,
): { around: KeysAround; newcomers: readonly DiscoveredKey[] } {
  const since = (key: DiscoveredKey) => around.elsewhere.get(placeOf(key)) ?? now;
  const isDue = (seen: number | 'told') => seen !== 'told' && now - seen >= DUPLICATE_INTERFACE_MS;
  const newcomers = keys.filter((key) => isDue(since(key)));
  const elsewhere = new Map(keys.map((key) => [placeOf(key), isDue(since(key)) ? 'told' : since(key)] as const));
  return { around: { ...around, elsewhere }, newcomers };
}

function end(state: ReplugEnd): ReplugStep {
  return { state, notices: [] };
}

function elsewhereThan({ transport }: DiscoveredKey, keys: readonly DiscoveredKey[]): DiscoveredKey[] {
  return keys.filter((key) => key.transport !== transport);
}
