import { FidoError } from '../../errors.ts';

/**
 * Why serving ended: it was asked to stop, or the other side went away (pcscd ended, the kernel removed the device).
 */
export type ServingEnd = 'stopped' | 'disconnected';

/** A software key that other programs on this machine can see, like a key in a port or on a reader. */
export interface PluggedKey {
  /** Resolves when serving has ended and everything is released. Never rejects; removing the key does not end it. */
  readonly closed: Promise<ServingEnd>;
  /** Pulls the key out, or lifts the card: it loses power at once. Does nothing if it is out already. */
  remove(): Promise<void>;
  /** Puts it back, powered up anew. @throws {FidoError} as the first time; `interrupted` once serving has ended. */
  insert(): Promise<void>;
  /** Pulls it out and ends serving. Never throws; may be called twice. */
  stop(): Promise<void>;
}

/**
 * What both ways of serving share: `closed`, the abort signal, and that insertions and removals wait for each other.
 */
export class Serving implements PluggedKey {
  readonly closed: Promise<ServingEnd>;
  readonly #plug: { insert(): Promise<void>; remove(): Promise<void> };
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.stop();
  #settle: (end: ServingEnd) => void = () => {};
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(plug: { insert(): Promise<void>; remove(): Promise<void> }, signal: AbortSignal | undefined) {
    this.#plug = plug;
    this.#signal = signal;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  insert(): Promise<void> {
    return this.#afterLast(async () => {
      if (this.#ended) throw new FidoError('interrupted', 'the key is no longer served');
      await this.#plug.insert();
    });
  }

  remove(): Promise<void> {
    return this.#afterLast(() => this.#plug.remove());
  }

  stop(): Promise<void> {
    return this.end('stopped');
  }

  /** Takes the key out for good. */
  end(reason: ServingEnd): Promise<void> {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    return this.#afterLast(async () => {
      try {
        await this.#plug.remove();
      } finally {
        this.#settle(reason);
      }
    });
  }

  #afterLast(step: () => Promise<void>): Promise<void> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }
}
