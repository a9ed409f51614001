import type { KeyFinder } from '../../src/client/reset/replug.ts';
import type { ResetInteraction } from '../../src/client/reset/reset.ts';
import type { DiscoveredKey } from '../../src/transport/device.ts';

/** Keys that come and go, and somebody who does what a test says when asked. */
export class FakeKeyFinder implements KeyFinder {
  readonly present: DiscoveredKey[] = [];
  /** What the person was told, in order. */
  readonly told: string[] = [];
  onRemove: (key: DiscoveredKey) => void = () => {};
  onInsert: (key: DiscoveredKey) => void = () => {};
  onWrongKey: () => void = () => {};
  repeat = false;
  /** How long each reset window was still open when the person was told of it. */
  readonly windowsMs: number[] = [];
  #listeners = new Set<() => void>();

  async list(): Promise<{ keys: DiscoveredKey[]; failures: [] }> {
    return { keys: [...this.present], failures: [] };
  }

  watch(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  insert(...keys: DiscoveredKey[]): void {
    this.present.push(...keys);
    for (const listener of this.#listeners) listener();
  }

  remove(key: DiscoveredKey): void {
    this.present.splice(this.present.indexOf(key), 1);
    for (const listener of this.#listeners) listener();
  }

  readonly interaction: ResetInteraction = {
    touch: ({ hold, count = 1 }) => this.told.push(`${hold ? 'hold' : 'touch'}${count > 1 ? ' again' : ''}`),
    processing: () => this.told.push('processing'),
    removeKey: (key) => {
      this.told.push('remove');
      this.onRemove(key);
    },
    insertKey: (key) => {
      this.told.push('insert');
      this.onInsert(key);
    },
    wrongKey: (_key, reason) => {
      this.told.push(reason === 'another-key' ? 'wrong key' : 'other transport');
      this.onWrongKey();
    },
    resetWindow: (deadlineMs) => {
      this.told.push('window');
      this.windowsMs.push(deadlineMs - Date.now());
    },
    answerLost: (finding) => this.told.push(finding),
    confirmRepeat: async () => {
      this.told.push('repeat?');
      return this.repeat;
    },
  };
}
