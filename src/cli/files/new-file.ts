/** A file that a command's data goes into instead of onto the screen: new, private, and gone again if the command fails. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { Writable } from 'node:stream';
import { writeWhole } from '../../files/write-whole.ts';
import { failure } from '../failure.ts';
import { cannotWrite } from '../messages/files.ts';

export class NewFile {
  readonly stream: Writable;
  readonly #path: string;
  readonly #descriptor: number;
  #failure: unknown;

  /** @throws {FidoError} `invalid-input`, also when there is such a file already */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'wx', 0o600);
    } catch (error) {
      throw failure('invalid-input', cannotWrite(path, error));
    }
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        try {
          writeWhole(this.#descriptor, chunk);
        } catch (error) {
          this.#failure ??= error;
        }
        done();
      },
    });
  }

  /** All of it is in the file. @throws {FidoError} `invalid-input` if not: then `discard` it */
  keep(): void {
    if (this.#failure !== undefined) throw failure('invalid-input', cannotWrite(this.#path, this.#failure));
    closeSync(this.#descriptor);
  }

  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#path, { force: true });
  }
}
