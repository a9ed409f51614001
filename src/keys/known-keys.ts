/** Keys that are there, each described once: what a list shows that stays open while keys come and go. */
import type { DiscoveredKey } from '../transport/device.ts';
import { insertionOf } from '../transport/key-place.ts';
import { describeKey, withoutDuplicateInterfaces } from './describe.ts';
import type { Candidate } from './select.ts';

export interface KnownKeysOptions {
  /** A key that cannot be used is tried again for this long: udev sets permissions a moment after it appears. */
  retryMs?: number;
  /** Aborting ends an update. */
  signal?: AbortSignal | undefined;
}

export interface KeyChanges {
  added: readonly Candidate[];
  removed: readonly Candidate[];
}

export class KnownKeys {
  readonly #retryMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Candidate & { since: number }>();
  #shown: readonly Candidate[] = [];

  constructor({ retryMs = 0, signal }: KnownKeysOptions = {}) {
    this.#retryMs = retryMs;
    this.#signal = signal;
  }

  /** Duplicate interfaces of one key left out. */
  get all(): readonly Candidate[] {
    return this.#shown;
  }

  /** Takes in what a finder has listed; opens those keys for a moment that were not there before. @throws `interrupted` */
  async update(found: readonly DiscoveredKey[]): Promise<KeyChanges> {
    const present = new Map(found.map((key) => [insertionOf(key), key]));
    for (const stay of this.#known.keys()) if (!present.has(stay)) this.#known.delete(stay);
    for (const [stay, key] of present) {
      const known = this.#known.get(stay);
      const isSettled = known && (!known.description.error || Date.now() - known.since >= this.#retryMs);
      if (isSettled) continue;
      const description = await describeKey(key, { signal: this.#signal });
      this.#known.set(stay, { key, description, since: known?.since ?? Date.now() });
    }
    const before = this.#shown;
    const kept = new Set(withoutDuplicateInterfaces([...this.#known.values()].map(({ description }) => description)));
    this.#shown = [...this.#known.values()].filter(({ description }) => kept.has(description));
    return {
      added: this.#shown.filter((candidate) => !before.includes(candidate)),
      removed: before.filter((candidate) => !this.#shown.includes(candidate)),
    };
  }
}
