/** How long one piece of work with a card may last, whatever the card does meanwhile. */
import { FidoError } from '../../errors.ts';

export interface PatienceOptions {
  /** How long one APDU may stay unanswered, in ms. */
  silenceMs: number;
  /** How long all of it may take, in ms; without a limit as long as nobody gives up. */
  totalMs?: number | undefined;
  /** Somebody gives up: `cancelMs` later nothing is waited for any more. */
  signal?: AbortSignal | undefined;
  cancelMs: number;
}

const PUT_BACK = 'Take it off the reader and put it back.';

export class Patience {
  readonly #options: PatienceOptions;
  readonly #deadline: number;
  #givenUpAt = Number.POSITIVE_INFINITY;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#deadline = performance.now() + (options.totalMs ?? Number.POSITIVE_INFINITY);
  }

  /** Somebody has given up. */
  get isGivenUp(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /**
   * What `promise` gives, in time. What it gives later is dropped.
   * @throws {FidoError} `no-answer`
   */
  async within<T>(promise: Promise<T>): Promise<T> {
    const { silenceMs, totalMs = 0, signal, cancelMs } = this.#options;
    let timers: NodeJS.Timeout[] = [];
    let stop: () => void = () => {};
    const over = new Promise<never>((_, reject) => {
      const after = (ms: number, message: string) => {
        const fail = () => reject(new FidoError('no-answer', message, { hint: PUT_BACK }));
        timers.push(setTimeout(fail, Math.max(0, ms)));
      };
      after(silenceMs, `the card has not answered for ${silenceMs / 1000} s`);
      const leftMs = this.#deadline - performance.now();
      if (leftMs < silenceMs) after(leftMs, `the card has not finished within ${totalMs / 1000} s`);
      stop = () => {
        this.#givenUpAt = Math.min(this.#givenUpAt, performance.now() + cancelMs);
        after(this.#givenUpAt - performance.now(), 'the card does not answer after it was told to stop');
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([promise, over]);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      timers = [];
      signal?.removeEventListener('abort', stop);
    }
  }
}
