/**
 * Ctrl-C and SIGTERM as abort signals. A process has one terminal and one set of signals, so it has one interruption,
 * which questions and commands share.
 */
class Interruption {
  readonly #scopes: AbortController[] = [new AbortController()];

  /** Of the innermost work. */
  get signal(): AbortSignal {
    return (this.#scopes.at(-1) as AbortController).signal;
  }

  /** Ctrl-C: ends the innermost work. False if that was asked for already: then whoever asks wants out at once. */
  interrupt(): boolean {
    if (this.signal.aborted) return false;
    this.#scopes.at(-1)?.abort();
    return true;
  }

  /** SIGTERM: ends everything. False if that was asked for already. */
  terminate(): boolean {
    const open = this.#scopes.filter(({ signal }) => !signal.aborted);
    // From the outside in, so that no work goes on in the belief that only what was inside has ended.
    for (const scope of open) scope.abort();
    return open.length > 0;
  }

  /** Runs `work` so that Ctrl-C ends it, and not what is around it. */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const scope = new AbortController();
    if (this.signal.aborted) scope.abort();
    this.#scopes.push(scope);
    try {
      return await work(scope.signal);
    } finally {
      this.#scopes.splice(this.#scopes.indexOf(scope), 1);
    }
  }
}

export const interruption = new Interruption();
