/** One key after the other: those that are present, then those that are inserted. None twice unless it was taken out. */
import type { KeyFinder } from '../client/reset/replug.ts';
import { type Candidate, describeAll, type KeyLister } from '../keys/select.ts';
import type { DiscoveredKey } from '../transport/device.ts';
import { insertionOf } from '../transport/key-place.ts';

/** Lists keys, with the transports that could not be looked at, and tells when something comes or goes. */
export type FleetFinder = KeyLister & Pick<KeyFinder, 'watch'>;

/** udev sets permissions a moment after a key appears. */
const SETTLE_MS = 2_000;
/** Watching is not trusted alone. */
const POLL_MS = 500;

/**
 * Hands out keys one after the other: those that are present, then those that are inserted. A key that stays in is not
 * handed out again. `close` it, so that the process can end.
 */
export class KeyQueue {
  readonly #finder: FleetFinder;
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  #notify = () => {};
  /** Marks of the keys that had their turn and were not taken out since. */
  readonly #done = new Set<string>();
  /** Since when a key that cannot be used has been there, by its stay. */
  readonly #failingSince = new Map<string, number>();

  constructor(finder: FleetFinder, signal: AbortSignal) {
    this.#finder = finder;
    this.#signal = signal;
    this.#stop = finder.watch(() => this.#notify());
    signal.addEventListener('abort', () => this.#notify(), { once: true });
  }

  /**
   * The next key; one that cannot be used has an error in its description. `waiting` is called if nobody is there yet.
   * Undefined when interrupted, and when none has come for `timeoutMs`, if that is given.
   * @throws {FidoError} what is wrong with the only transport that is looked at, at the first look
   */
  async next(waiting: () => void, timeoutMs = Number.POSITIVE_INFINITY): Promise<Candidate | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (let told = false; !this.#signal.aborted; told = true) {
      const changed = new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
      const { keys, failures } = await this.#finder.list();
      // Nothing can come where nothing else is looked at.
      const [failure] = this.#finder.transports?.length === 1 ? failures : [];
      if (!told && keys.length === 0 && failure) throw failure.error;
      this.#forgetAbsent(keys);
      const candidate = await this.#pick(keys);
      if (candidate) return candidate;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 && !this.#isSettling) return undefined;
      if (!told) waiting();
      const pauseMs = leftMs > 0 ? Math.min(POLL_MS, leftMs) : POLL_MS;
      await Promise.race([changed, new Promise((resolve) => setTimeout(resolve, pauseMs))]);
    }
    return undefined;
  }

  /** These had their turn: one key, where it was and where it is now, which nobody knows after a reset that failed. */
  async done(...keys: readonly DiscoveredKey[]): Promise<void> {
    const { keys: present } = await this.#finder.list();
    const here = present.filter(({ id }) => keys.some((key) => key.id === id));
    this.#mark([...keys, ...here]);
  }

  close(): void {
    this.#stop();
  }

  async #pick(keys: readonly DiscoveredKey[]): Promise<Candidate | undefined> {
    const waiting = keys.filter((key) => !this.#isDone(key));
    if (waiting.length === 0) return undefined;
    const candidates = (await describeAll(keys)).filter(({ key }) => !this.#isDone(key));
    const usable = candidates.find(({ description }) => !description.error);
    if (usable) return usable;
    // What describing left out is the card interface of a key that is there over USB, and not another key.
    this.#mark(waiting.filter((key) => !candidates.some((candidate) => candidate.key === key)));
    for (const candidate of candidates) {
      const stay = insertionOf(candidate.key);
      const since = this.#failingSince.get(stay) ?? Date.now();
      this.#failingSince.set(stay, since);
      if (Date.now() - since < SETTLE_MS) continue;
      // A card or key without FIDO2, e.g. the operator's own badge, is none of ours.
      if (candidate.description.error?.code === 'unsupported') this.#mark([candidate.key]);
      else return candidate;
    }
    return undefined;
  }

  /** A key is there that may still turn out to be usable. */
  get #isSettling(): boolean {
    return [...this.#failingSince.values()].some((since) => Date.now() - since < SETTLE_MS + POLL_MS);
  }

  #mark(keys: readonly DiscoveredKey[]): void {
    for (const mark of keys.flatMap(marksOf)) this.#done.add(mark);
  }

  #isDone(key: DiscoveredKey): boolean {
    return marksOf(key).some((mark) => this.#done.has(mark));
  }

  #forgetAbsent(keys: readonly DiscoveredKey[]): void {
    const present = new Set(keys.flatMap(marksOf));
    for (const mark of this.#done) if (!present.has(mark)) this.#done.delete(mark);
    for (const stay of this.#failingSince.keys()) if (!present.has(stay)) this.#failingSince.delete(stay);
  }
}

/** A key is known again by its id where that goes with its serial number, and anywhere for as long as it stays. */
function marksOf(key: DiscoveredKey): string[] {
  return key.serialIsUnique ? [key.id, insertionOf(key)] : [insertionOf(key)];
}
