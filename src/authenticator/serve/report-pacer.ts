/** hidraw keeps at most 63 reports for a slow reader and drops what comes after. */
const BURST = 32;
const PER_MS = 0.25;

/**
 * Passes reports on about as fast as a USB key: a burst at once, then one every four milliseconds. A write to /dev/uhid
 * never blocks, so without this a client that reads slowly would lose reports of a long answer.
 */
export class ReportPacer {
  readonly #write: (report: Uint8Array) => void;
  readonly #now: () => number;
  readonly #queue: Uint8Array[] = [];
  #allowance = BURST;
  #updatedAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (report: Uint8Array) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
    this.#updatedAt = now();
  }

  send(report: Uint8Array): void {
    this.#queue.push(report);
    if (this.#timer === undefined) this.#flush();
  }

  /** Discards reports that have not been written yet. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.length = 0;
  }

  #flush(): void {
    this.#timer = undefined;
    const now = this.#now();
    this.#allowance = Math.min(BURST, this.#allowance + (now - this.#updatedAt) * PER_MS);
    this.#updatedAt = now;
    while (this.#allowance >= 1) {
      const report = this.#queue.shift();
      if (report === undefined) return;
      this.#allowance--;
      this.#write(report);
    }
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.#flush(), 1);
  }
}
