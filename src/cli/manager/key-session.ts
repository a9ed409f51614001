/** One key while somebody is busy with it: its PIN once it was typed, and whether it is still there. */
import { type Candidate, insertionOf } from '../../index.ts';
import type { Context } from '../context.ts';
import { PinMemory } from '../terminal/pin-memory.ts';
import type { CommandRunner, RunOptions } from './command-runner.ts';
import type { LiveKeys } from './live-keys.ts';
import { askMenu, type MenuOptions } from './menu.ts';
import type { Asker } from './menu-page.ts';
import { askEnter } from './pause.ts';

/** The key was taken out while a menu was open. */
export class KeyGone extends Error {}

export class KeySession implements Asker {
  /** What --key names. */
  readonly selector: string;
  readonly #context: Context;
  readonly #runner: CommandRunner;
  readonly #live: LiveKeys;
  readonly #pinMemory = new PinMemory();
  #seen: Candidate | undefined;

  constructor(context: Context, runner: CommandRunner, live: LiveKeys, selector: string) {
    this.#context = context;
    this.#runner = runner;
    this.#live = live;
    this.selector = selector;
  }

  /** The arguments of a command for this key. */
  argv(...words: readonly string[]): string[] {
    return ['--key', this.selector, ...words];
  }

  /** Runs a command for this key, with the PIN the key has taken before, and lets its words be read. */
  async run(words: readonly string[], options: RunOptions = {}): Promise<number> {
    const code = await this.#runner.run(this.argv(...words), { pinMemory: this.#pinMemory, ...options });
    await askEnter(this.#context.out);
    return code;
  }

  /** The same for commands about the PIN itself: it is asked for even if it is known. */
  async runAboutPin(words: readonly string[]): Promise<number> {
    this.#pinMemory.forget();
    return this.run(words, { pinMemory: undefined });
  }

  /**
   * Reads from the key what a command line would have shown.
   * @param words that command, which is shown; undefined if it is not worth a line
   * @returns undefined when it failed; why has been said and read
   */
  async read<T>(words: readonly string[] | undefined, work: (context: Context) => Promise<T>): Promise<T | undefined> {
    if (words) this.#runner.show(this.argv(...words));
    const result = await this.#runner.read({ key: this.selector }, work, { pinMemory: this.#pinMemory });
    if (result === undefined) await askEnter(this.#context.out);
    return result;
  }

  /** @throws {KeyGone} when the key is taken out meanwhile */
  async ask(options: MenuOptions): Promise<string | undefined> {
    if (this.selector.startsWith('virtual:')) return askMenu(this.#context.out, options);
    const gone = new AbortController();
    this.#seen ??= this.#find();
    const stop = this.#live.watch(() => {
      const found = this.#find();
      if (!found) return gone.abort();
      // It was out meanwhile: an id may go with the port, so it may be another one.
      if (this.#seen && insertionOf(found.key) !== insertionOf(this.#seen.key)) this.#pinMemory.forget();
      this.#seen = found;
    });
    const id = await askMenu(this.#context.out, { ...options, over: gone.signal }).finally(stop);
    if (gone.signal.aborted) throw new KeyGone();
    return id;
  }

  #find(): Candidate | undefined {
    return this.#live.all.find(({ description }) => description.id === this.selector);
  }

  /** Forgets the PIN. */
  end(): void {
    this.#pinMemory.forget();
  }
}
