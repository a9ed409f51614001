/** Waits until a key was removed and the very same key was inserted again. */
import { FidoError } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import type { Interaction } from '../interaction.ts';
import type { Session } from '../session.ts';
import { pause, waitFor } from '../waiting.ts';
import type { ResetGestures } from './gestures.ts';
import { identityOf, isLikelyTwin, isSameKey, type KeyIdentity } from './same-key.ts';

/** Lists and watches keys, of whatever origin. */
export interface KeyFinder {
  list(): Promise<{ keys: readonly DiscoveredKey[] }>;
  watch(changed: () => void): () => void;
}

export interface ReplugOptions {
  finder: KeyFinder;
  interaction: Pick<Interaction, 'removeKey' | 'insertKey' | 'wrongKey'>;
  openSession(key: DiscoveredKey): Promise<Session>;
  vendorSerial(session: Session): Promise<string | undefined>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface Reinserted {
  session: Session;
  /** When it was first seen (epoch ms): its ten seconds run from about then. */
  seenAt: number;
  /** Places of the keys that are others. */
  others: ReadonlySet<string>;
}

/**
 * Asks for removal and insertion, and opens the key again. Sends it nothing but getInfo.
 * @throws {FidoError} `several-keys` when two keys appear at once, or when the one that appears may be a twin that was
 *   there before; `person-timeout`, `interrupted`, transport failures.
 */
export async function awaitReinsertion(
  session: Session,
  identity: KeyIdentity,
  gestures: Pick<ResetGestures, 'remove' | 'insert'>,
  options: ReplugOptions,
): Promise<Reinserted> {
  const { finder, interaction, timeoutMs, signal } = options;
  const removedKey = session.key;
  const news = new News(finder);
  try {
    interaction.removeKey(removedKey, gestures.remove);
    await waitFor(session.device.removed, { timeoutMs, onTimeout: 'the key was not removed', signal });
    await session.close();

    // Keys that stay in are not candidates. The removed one's own place is free, even if the system still lists it.
    const { keys: atRemoval } = await finder.list();
    const others = new Set(ofTransport(atRemoval, removedKey).map(placeOf));
    others.delete(placeOf(removedKey));
    const twins = identity.isUnique ? [] : atRemoval.filter((key) => isLikelyTwin(removedKey, key));
    const twinPlaces = new Set(twins.map(placeOf).filter((place) => others.has(place)));
    const elsewhere = new Elsewhere(removedKey, atRemoval);
    interaction.insertKey(removedKey, gestures.insert);

    const deadline = Date.now() + timeoutMs;
    let twinLeft = false;
    /** Places of keys that came and were others. */
    const strangers = new Set<string>();
    let isNews = false;
    for (;;) {
      const changed = news.next();
      const { keys } = await finder.list();
      const present = ofTransport(keys, removedKey);
      for (const place of others) {
        if (present.some((key) => placeOf(key) === place)) continue;
        others.delete(place);
        strangers.delete(place);
        twinLeft ||= twinPlaces.has(place);
      }
      const candidates = present.filter((key) => !others.has(placeOf(key)));
      if (candidates.length > 1) throw twoKeys(`${candidates.length} keys appeared at once`);
      // A place may have got another key before anybody saw it empty: strangers are looked at again, and not told again.
      const again = isNews && candidates.length === 0 ? present.filter((key) => strangers.has(placeOf(key))) : [];
      for (const candidate of [...candidates, ...again]) {
        const seenAt = Date.now();
        const isNew = !strangers.has(placeOf(candidate));
        const found = await openIfSame(candidate, identity, isNew ? SETTLE_MS : 0, options).catch((error: unknown) => {
          if (isNew || !(error instanceof FidoError) || error.code === 'interrupted') throw error;
          return 'another' as const;
        });
        if (found === 'gone') {
          await pause(50, signal);
        } else if (found === 'another') {
          others.add(placeOf(candidate));
          strangers.add(placeOf(candidate));
          if (isNew) interaction.wrongKey(candidate, 'another-key', removedKey);
        } else if (twinLeft) {
          await found.close();
          throw twoKeys('two keys of the same model that no serial number tells apart were moved');
        } else {
          others.delete(placeOf(candidate));
          return { session: found, seenAt, others };
        }
      }
      if (candidates.length === 0) {
        for (const key of elsewhere.newcomers(keys)) interaction.wrongKey(key, 'other-transport', removedKey);
      }
      const left = Math.max(0, deadline - Date.now());
      if (left === 0)
        throw new FidoError('person-timeout', 'the key was not inserted again in time', {
          hint: 'Nothing was erased. Run the command again.',
          situation: { id: 'time-ran-out' },
        });
      if (signal?.aborted) throw new FidoError('interrupted', 'interrupted');
      // Watching is not trusted alone: a missed event must not leave a person waiting.
      isNews = await Promise.race([changed.then(() => true), pause(Math.min(500, left), signal).then(() => false)]);
    }
  } finally {
    news.stop();
    await session.close();
  }
}

/** Tells that something came or went, from the moment on that it is asked. */
export class News {
  readonly stop: () => void;
  #notify = () => {};

  constructor(finder: Pick<KeyFinder, 'watch'>) {
    this.stop = finder.watch(() => this.#notify());
  }

  /** Resolves with the next change. Ask before listing, so that nothing is missed. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve;
    });
  }
}

/** A key on USB may show a card's face a moment before its own; only what stays alone is worth a word. */
const SECOND_FACE_MS = 1_500;

/** Keys that come on the transport that was not asked for. They are never opened. */
class Elsewhere {
  readonly #transport: string;
  readonly #told: Set<string>;
  readonly #seenAt = new Map<string, number>();

  constructor({ transport }: DiscoveredKey, atRemoval: readonly DiscoveredKey[]) {
    this.#transport = transport;
    this.#told = new Set(this.#of(atRemoval).map(placeOf));
  }

  /** Each is answered once for each time that it comes. */
  newcomers(keys: readonly DiscoveredKey[]): DiscoveredKey[] {
    const present = this.#of(keys);
    const places = new Set(present.map(placeOf));
    for (const place of this.#told) if (!places.has(place)) this.#told.delete(place);
    for (const place of this.#seenAt.keys()) if (!places.has(place)) this.#seenAt.delete(place);
    return present.filter((key) => {
      const place = placeOf(key);
      const seenAt = this.#seenAt.get(place) ?? Date.now();
      this.#seenAt.set(place, seenAt);
      if (this.#told.has(place) || Date.now() - seenAt < SECOND_FACE_MS) return false;
      this.#told.add(place);
      return true;
    });
  }

  #of(keys: readonly DiscoveredKey[]): DiscoveredKey[] {
    return keys.filter((key) => key.transport !== this.#transport);
  }
}

/** Those on the transport of `key`. */
export function ofTransport(keys: readonly DiscoveredKey[], { transport }: DiscoveredKey): DiscoveredKey[] {
  return keys.filter((key) => key.transport === transport);
}

/** Where a key sits, as far as one listing can tell it from another. */
export function placeOf(key: DiscoveredKey): string {
  return `${key.path ?? key.reader ?? ''}|${key.id}`;
}

function twoKeys(what: string): FidoError {
  return new FidoError('several-keys', `${what}; which one to reset is not clear, so none was`, {
    hint: 'Take out all keys but the one to reset, and run the command again.',
  });
}

/** udev sets permissions a moment after the device node appears. */
const SETTLE_MS = 2_000;

async function openIfSame(
  key: DiscoveredKey,
  identity: KeyIdentity,
  settleMs: number,
  options: ReplugOptions,
): Promise<Session | 'another' | 'gone'> {
  const givenUp = Date.now() + settleMs;
  for (;;) {
    let session: Session | undefined;
    try {
      session = await options.openSession(key);
      const found = await identityOf(session, options.vendorSerial);
      if (isSameKey(found, identity)) return session;
      await session.close();
      return 'another';
    } catch (error) {
      await session?.close();
      if (!(error instanceof FidoError) || error.code === 'interrupted') throw error;
      if (error.code === 'key-removed') return 'gone';
      if (Date.now() >= givenUp) throw error;
      await pause(50, options.signal);
    }
  }
}
