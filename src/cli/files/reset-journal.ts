/** The journal of a batch of resets: JSON Lines, each on the disk before the next key is touched. */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, readSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { failure } from '../failure.ts';
import { cannotWriteJournal, journalFull } from '../messages/files.ts';
import { versionOfSeckey } from '../version.ts';
import { openLineFile } from './line-file.ts';
import { appendWhole } from './write-whole.ts';

/** Who did it, where and with what: the same in every line of a run. */
export interface ResetBatch {
  /** Of this run: the lines of one run have it in common, and no other has it. */
  batch: string;
  /** Name of the user whom the system knows this process by; the number of one without a name. */
  user: string;
  host: string;
  /** Of seckey. */
  version: string;
}

export function newBatch(): ResetBatch {
  return { batch: randomUUID(), user: userName(), host: hostname(), version: versionOfSeckey() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container, users often have no entry in its list.
    return String(process.getuid?.() ?? '');
  }
}

/** One key. `result` is `reset`, or the code of what went wrong. Strings are as the key gave them. */
export interface ResetRecord extends ResetBatch {
  /** ISO 8601, when it was decided. */
  time: string;
  id: string;
  serial?: string;
  model?: string;
  result: string;
  message?: string;
}

export class ResetJournal {
  readonly #file: number;
  readonly #isFile: boolean;
  readonly #path: string;

  /** Goes on where an earlier run ended. @throws {FidoError} `invalid-input` */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openLineFile(path, { reads: true });
      this.#isFile = fstatSync(this.#file).isFile();
      this.#endLine();
    } catch (error) {
      throw failure('invalid-input', cannotWriteJournal(path, error));
    }
  }

  /** Whole and on the disk when it returns. @throws {FidoError} `invalid-input` */
  append(record: ResetRecord): void {
    try {
      appendWhole(this.#file, `${JSON.stringify(record)}\n`);
      if (this.#isFile) fsyncSync(this.#file);
    } catch (error) {
      throw failure('invalid-input', journalFull(this.#path, error));
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** What a crash left of a line must not spoil the next one. */
  #endLine(): void {
    const { size } = fstatSync(this.#file);
    // A pipe or a terminal keeps nothing, so nothing can be broken there.
    if (!this.#isFile || size === 0) return;
    const last = Buffer.alloc(1);
    readSync(this.#file, last, 0, 1, size - 1);
    if (last[0] !== 0x0a) appendWhole(this.#file, '\n');
  }
}
