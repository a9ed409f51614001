/** Waits until a key was removed and the very same key was inserted again. */
import { FidoError } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import type { Interaction } from '../interaction.ts';
import type { Session } from '../session.ts';
import { pause, waitFor } from '../waiting.ts';
import type { ResetGestures } from './gestures.ts';
import {
  type ReplugEnd,
  type ReplugObservation,
  type ReplugState,
  type ReplugStep,
  step,
  type WaitingForInsertion,
} from './reinsertion.ts';
import { identityOf, isSameKey, type KeyIdentity } from './same-key.ts';

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
  const { interaction, timeoutMs } = options;
  const { key } = session;
  const look = new Look(session, identity, options);
  let state: ReplugState = { at: 'waiting-for-removal', wanted: { key, isUnique: identity.isUnique, timeoutMs } };
  try {
    interaction.removeKey(key, gestures.remove);
    while (isLookedFor(state)) {
      const next: ReplugStep = step(state, await look.at(state));
      for (const notice of next.notices) {
        if (notice.tell === 'insert') interaction.insertKey(key, gestures.insert);
        else interaction.wrongKey(notice.key, notice.reason, key);
      }
      state = next.state;
    }
    return await look.end(state);
  } finally {
    look.stop();
    await session.close();
  }
}

function isLookedFor(state: ReplugState): state is Exclude<ReplugState, ReplugEnd> {
  return state.at === 'waiting-for-removal' || state.at === 'waiting-for-insertion' || state.at === 'opening';
}

/** Sees for the state machine what there is to see: the removal, listings, and what keys answer. */
class Look {
  readonly #removed: Session;
  readonly #identity: KeyIdentity;
  readonly #options: ReplugOptions;
  readonly #news: News;
  #changed: Promise<void> | undefined;
  #session: Session | undefined;

  constructor(removed: Session, identity: KeyIdentity, options: ReplugOptions) {
    this.#removed = removed;
    this.#identity = identity;
    this.#options = options;
    this.#news = new News(options.finder);
  }

  /** What the state waits for. @throws {FidoError} `person-timeout`, `interrupted`, transport failures */
  async at(state: Exclude<ReplugState, ReplugEnd>): Promise<ReplugObservation> {
    if (state.at === 'waiting-for-removal') return this.#removal();
    if (state.at === 'waiting-for-insertion') return this.#listing(state);
    const found = await openIfSame(state.key, this.#identity, state.settleMs, this.#options);
    const now = Date.now();
    if (found instanceof FidoError) return { saw: 'unreadable', error: found, now };
    if (typeof found === 'string') return { saw: found, now };
    this.#session = found;
    return { saw: 'same', now };
  }

  async #removal(): Promise<ReplugObservation> {
    const { finder, timeoutMs, signal } = this.#options;
    await waitFor(this.#removed.device.removed, { timeoutMs, onTimeout: 'the key was not removed', signal });
    await this.#removed.close();
    const { keys } = await finder.list();
    return { saw: 'removal', keys, now: Date.now() };
  }

  async #listing({ lookInMs }: WaitingForInsertion): Promise<ReplugObservation> {
    const { finder, signal } = this.#options;
    const isNews = this.#changed !== undefined && (await this.#isNewsWithin(this.#changed, lookInMs, signal));
    this.#changed = this.#news.next();
    const { keys } = await finder.list();
    return { saw: 'listing', keys, isNews, now: Date.now() };
  }

  async #isNewsWithin(changed: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) throw new FidoError('interrupted', 'interrupted');
    return Promise.race([changed.then(() => true), pause(ms, signal).then(() => false)]);
  }

  /** The key that came back. @throws {FidoError} why there is none */
  async end(end: ReplugEnd): Promise<Reinserted> {
    if (end.at === 'reinserted') return { session: this.#session as Session, seenAt: end.seenAt, others: end.others };
    await this.#session?.close();
    if (end.at === 'failed') throw end.error;
    if (end.at === 'ambiguous' && end.why === 'twin-moved')
      throw twoKeys('two keys of the same model that no serial number tells apart were moved');
    if (end.at === 'ambiguous') throw twoKeys(`${end.count} keys appeared at once`);
    throw new FidoError('person-timeout', 'the key was not inserted again in time', {
      hint: 'Nothing was erased. Run the command again. --timeout SECONDS gives you longer.',
    });
  }

  stop(): void {
    this.#news.stop();
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

function twoKeys(what: string): FidoError {
  return new FidoError('several-keys', `${what}; which one to reset is not clear, so none was`, {
    hint: 'Take out all keys but the one to reset, and run the command again.',
  });
}

/**
 * Its session, if it is the key that was removed.
 * @returns else `another`, `gone` if it was taken out again, or why it could not be read for `settleMs`
 * @throws {FidoError} `interrupted`
 */
async function openIfSame(
  key: DiscoveredKey,
  identity: KeyIdentity,
  settleMs: number,
  options: ReplugOptions,
): Promise<Session | 'another' | 'gone' | FidoError> {
  const givenUp = Date.now() + settleMs;
  for (;;) {
    const found = await openOnce(key, identity, options);
    if (!(found instanceof FidoError)) return found;
    const isGone = found.code === 'key-removed';
    if (!isGone && Date.now() >= givenUp) return found;
    await pause(50, options.signal);
    if (isGone) return 'gone';
  }
}

/** Its session, `another`, or why it could not be read. @throws {FidoError} `interrupted` */
async function openOnce(
  key: DiscoveredKey,
  identity: KeyIdentity,
  options: ReplugOptions,
): Promise<Session | 'another' | FidoError> {
  let session: Session | undefined;
  try {
    session = await options.openSession(key);
    const found = await identityOf(session, options.vendorSerial);
    if (isSameKey(found, identity)) return session;
    await session.close();
    return 'another';
  } catch (error) {
    await session?.close();
    if (error instanceof FidoError && error.code !== 'interrupted') return error;
    throw error;
  }
}
