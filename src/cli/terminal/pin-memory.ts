/** The PIN that a person has typed and a key has taken, for as long as that person stays with that key. */
import { wipe } from '../../ctap2/index.ts';

interface Remembered {
  pin: Uint8Array;
  /** Tries the key had left when it was typed. */
  retries: number | undefined;
}

export class PinMemory {
  #kept: Remembered | undefined;
  #offered: Remembered | undefined;

  /**
   * A copy of the PIN, if the key took it and has no fewer tries than it had then: somebody else's miss in between may
   * mean that the PIN is another one now, and then it is for the person to say it.
   */
  recall(retries: number | undefined): Uint8Array | undefined {
    if (!this.#kept) return undefined;
    if ((retries ?? 0) < (this.#kept.retries ?? 0)) {
      this.forget();
      return undefined;
    }
    return Uint8Array.from(this.#kept.pin);
  }

  /** Typed just now; kept only once the work it was typed for has gone well. */
  offer(pin: Uint8Array, retries: number | undefined): void {
    this.#drop(this.#offered);
    this.#offered = { pin: Uint8Array.from(pin), retries };
  }

  /**
   * How the work ended for which a PIN may have been typed or recalled. `stopped`: by the person, or before the key was
   * asked; what was typed for it may not have been tried, and what was known stays known. Any failure forgets the PIN.
   */
  settle(end: 'done' | 'stopped' | 'failed'): void {
    const offered = this.#offered;
    this.#offered = undefined;
    if (end === 'done' && offered) {
      this.#drop(this.#kept);
      this.#kept = offered;
    } else {
      this.#drop(offered);
    }
    if (end === 'failed') this.forget();
  }

  forget(): void {
    this.#drop(this.#kept);
    this.#drop(this.#offered);
    this.#kept = undefined;
    this.#offered = undefined;
  }

  #drop(remembered: Remembered | undefined): void {
    if (remembered) wipe(remembered.pin);
  }
}
