/** What is kept of work on many keys: an entry per key, and where entries go. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { FidoError } from '../errors.ts';
import type { KeyDescription } from '../keys/describe.ts';

/** Who did it, where and with what: the same in every entry of a run. */
export interface BatchSignature {
  /** Of this run: the entries of one run have it in common, and no other has it. */
  batch: string;
  /** Name of the user whom the system knows this process by; the number of one without a name. */
  user: string;
  host: string;
  /** Of the program. */
  version: string;
}

/** Signs a new run. @param version of the program that does it */
export function signBatch(version: string): BatchSignature {
  return { batch: randomUUID(), user: userName(), host: hostname(), version };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container, users often have no entry in its list.
    return String(process.getuid?.() ?? '');
  }
}

/** One key. Strings are as the key gave them; escape them before showing. */
export interface JournalEntry extends BatchSignature {
  /** ISO 8601, when it was decided. */
  time: string;
  id: string;
  serial?: string;
  model?: string;
  /** `reset`, or the code of what went wrong; `bug` for what has none. */
  result: string;
  /** What went wrong, in words. */
  message?: string;
}

/** Where entries go: a file (`openFileJournal`), or whatever a program brings. */
export interface Journal {
  /** The entry is whole and outlives a loss of power when this resolves. @throws {JournalError} */
  append(entry: JournalEntry): Promise<void>;
  /** All that can be read back, of earlier runs too, oldest first. @throws {JournalError} */
  read(): AsyncIterable<JournalEntry>;
  /** No entry is appended or read any more. */
  close(): Promise<void>;
}

/** A journal cannot be used; its code is `invalid-input`, its cause what the system said. */
export class JournalError extends FidoError {
  /** The file, or whatever else tells the journal from others. */
  readonly journal: string;
  /** What was tried. Before `open` has worked no key is touched; when `append` fails one was handled already. */
  readonly operation: 'open' | 'append' | 'read';

  constructor(journal: string, operation: 'open' | 'append' | 'read', cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('invalid-input', `cannot ${operation === 'read' ? 'read' : 'write'} the journal ${journal}: ${reason}`, {
      cause,
    });
    this.journal = journal;
    this.operation = operation;
  }
}

/** What is to be kept of a key that was reset, or that failed with `error`. */
export function journalEntry(
  signature: BatchSignature,
  { id, serial, model }: KeyDescription,
  failure?: { error: unknown },
): JournalEntry {
  return {
    time: new Date().toISOString(),
    ...signature,
    id,
    ...(serial === undefined ? {} : { serial }),
    ...(model === undefined ? {} : { model }),
    ...(failure ? resultOf(failure.error) : { result: 'reset' }),
  };
}

function resultOf(error: unknown): Pick<JournalEntry, 'result' | 'message'> {
  if (error instanceof FidoError) return { result: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { result: 'bug', message: `this is a bug in seckey: ${message}` };
}
