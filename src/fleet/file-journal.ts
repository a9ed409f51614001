/** The journal as a file: JSON Lines, each on the disk before the next key is touched. */
import { closeSync, createReadStream, fstatSync, fsyncSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLineFile } from '../files/line-file.ts';
import { appendWhole } from '../files/write-whole.ts';
import { type Journal, type JournalEntry, JournalError } from './journal.ts';

/**
 * Opens the journal in a file, a new and private one if there is none, and goes on where an earlier run ended. A pipe or a
 * terminal may take its place; then nothing can be read back.
 * @throws {JournalError} `open`
 */
export function openFileJournal(path: string): Journal {
  return new FileJournal(path);
}

class FileJournal implements Journal {
  readonly #file: number;
  readonly #isFile: boolean;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openLineFile(path, { reads: true });
      this.#isFile = fstatSync(this.#file).isFile();
      this.#endLine();
    } catch (error) {
      throw new JournalError(path, 'open', error);
    }
  }

  async append(entry: JournalEntry): Promise<void> {
    try {
      appendWhole(this.#file, `${JSON.stringify(entry)}\n`);
      if (this.#isFile) fsyncSync(this.#file);
    } catch (error) {
      throw new JournalError(this.#path, 'append', error);
    }
  }

  async *read(): AsyncGenerator<JournalEntry> {
    if (!this.#isFile) return;
    const input = createReadStream(this.#path, { fd: this.#file, start: 0, autoClose: false });
    try {
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        const entry = entryIn(line);
        if (entry) yield entry;
      }
    } catch (error) {
      throw new JournalError(this.#path, 'read', error);
    }
  }

  async close(): Promise<void> {
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

/** Undefined for a line that is none of ours, such as what a crash left of one. */
function entryIn(line: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { time, batch, id, result } = value as Partial<Record<string, unknown>>;
  return [time, batch, id, result].every((member) => typeof member === 'string');
}
