/** The keys that are there while a menu is open. Nothing looks at keys while a command works with one. */
import { type Candidate, Discovery, type FidoError, KnownKeys, type Transport } from '../../index.ts';
import { traitsOf } from '../../transport/index.ts';

/** Watching is not trusted alone, but to look at a card keeps other programs from it: then it is. */
const POLL_MS = 1_000;

export class LiveKeys {
  readonly #transport: Transport | undefined;
  // udev sets permissions a moment after a key appears, and another program may let go of it.
  readonly #known = new KnownKeys({ retryMs: Number.POSITIVE_INFINITY });
  /** Transports that could not be looked at. */
  failures: readonly FidoError[] = [];
  /** Whether the first look is over. */
  looked = false;

  constructor(transport: Transport | undefined) {
    this.#transport = transport;
  }

  get all(): readonly Candidate[] {
    return this.#known.all;
  }

  /**
   * Looks, and calls `changed` after each look that found something new, until the answered function is called, which
   * waits for a look under way.
   */
  watch(changed: () => void): () => Promise<void> {
    const finder = new Discovery(this.#transport ? { transports: [this.#transport] } : {});
    let wake = () => {};
    let over = false;
    const stop = finder.watch(() => wake());
    const looking = (async () => {
      while (!over) {
        let timer: NodeJS.Timeout | undefined;
        const next = new Promise<void>((resolve) => {
          wake = resolve;
          if (!this.all.some(({ key }) => traitsOf(key).inReader)) timer = setTimeout(resolve, POLL_MS);
        });
        if (await this.#look(finder)) changed();
        if (!over) await next;
        clearTimeout(timer);
      }
    })();
    return async () => {
      over = true;
      wake();
      stop();
      await looking;
      await finder.close();
    };
  }

  async #look(finder: Discovery): Promise<boolean> {
    const { keys, failures } = await finder.list();
    const { added, removed } = await this.#known.update(keys);
    await finder.release();
    const messages = (errors: readonly FidoError[]) => errors.map(({ message }) => message).join();
    const isNew =
      !this.looked ||
      added.length + removed.length > 0 ||
      messages(this.failures) !== messages(failures.map(({ error }) => error));
    this.failures = failures.map(({ error }) => error);
    this.looked = true;
    return isNew;
  }
}
