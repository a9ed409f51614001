/** Takes a PIN that was drawn to whoever shall know it, before the key gets it: the screen, a pipe, or a file. */
import { CtapStatusError, FidoError } from '../../index.ts';
import { removeNewPinFile, writeNewPinFile } from '../files/new-pin-file.ts';
import * as words from '../messages/pin.ts';
import type { Output } from './output.ts';

export class NewPinDelivery {
  readonly #out: Output;
  readonly #file: string | undefined;
  #delivered = false;

  /** @param file --new-pin-out */
  constructor(out: Output, file: string | undefined) {
    this.#out = out;
    this.#file = file;
  }

  /** @throws {FidoError} `invalid-input` if nobody can have got it */
  async deliver(pin: Uint8Array): Promise<void> {
    if (this.#file !== undefined) {
      writeNewPinFile(this.#file, pin);
      this.#out.say(words.inFile(this.#file));
    } else {
      this.#out.say(words.SHOWN_ONCE);
      await this.#out.deliver('generatedPin', new TextDecoder().decode(pin));
    }
    this.#delivered = true;
  }

  /** What it was delivered for failed: unless the key may have it all the same, it must not be taken for the key's PIN. */
  retract(error: unknown): void {
    if (!this.#delivered || mayBeSet(error)) return;
    this.#delivered = false;
    if (this.#file === undefined) {
      this.#out.insist(words.NOT_SET);
    } else {
      removeNewPinFile(this.#file);
      this.#out.insist(words.fileRemoved(this.#file));
    }
  }
}

/** The answer was lost, or the key says one thing and shows another. */
function mayBeSet(error: unknown): boolean {
  if (!(error instanceof FidoError)) return true;
  return error.code === 'pin-uncertain' || (error.code === 'refused' && !(error instanceof CtapStatusError));
}
