/** A key that keeps this process too busy to be on time must not keep it waiting for ever. */
const MAX_RENEWALS = 3;

/**
 * How long a key may be silent. A process that stood still meanwhile (a sleeping laptop, a busy machine) has not listened,
 * so what it did not hear says nothing of the key: then the time begins anew.
 */
export class SilenceLimit {
  readonly #limitMs: number;
  readonly #over: () => void;
  #timer: NodeJS.Timeout;
  #due: number;
  #renewals = 0;

  constructor(limitMs: number, over: () => void) {
    this.#limitMs = limitMs;
    this.#over = over;
    this.#due = performance.now() + limitMs;
    this.#timer = setTimeout(() => this.#end(), limitMs);
  }

  /** The key was heard. */
  refresh(): void {
    this.#due = performance.now() + this.#limitMs;
    this.#renewals = 0;
    this.#timer.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #end(): void {
    const lateMs = performance.now() - this.#due;
    if (lateMs < this.#limitMs / 10 || this.#renewals++ >= MAX_RENEWALS) {
      this.#over();
    } else {
      this.#due = performance.now() + this.#limitMs;
      this.#timer = setTimeout(() => this.#end(), this.#limitMs);
    }
  }
}
