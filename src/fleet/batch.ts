/** A batch of resets: key after key, with an entry in the journal before the next one is touched. */
import type { Session } from '../client/session.ts';
import { FidoError } from '../errors.ts';
import type { KeyDescription } from '../keys/describe.ts';
import type { Candidate } from '../keys/select.ts';
import type { DiscoveredKey } from '../transport/device.ts';
import type { BatchEnd, FleetReporter } from './events.ts';
import { type BatchSignature, type Journal, type JournalEntry, journalEntry } from './journal.ts';
import { type FleetFinder, KeyQueue } from './queue.ts';
import { type ResetPorts, resetOne } from './reset-one.ts';

/** What a batch of resets needs: where keys come from, who is asked and told, when it ends. */
export interface BatchOptions extends ResetPorts {
  finder: FleetFinder;
  /** Aborting ends the batch: at once between two keys, else with the reset that is running. */
  signal: AbortSignal;
  /** After how many keys it ends, failed ones included; left out: when nobody inserts one any more, or by `signal`. */
  count?: number | undefined;
  /** How long the next key may take to come, in ms; for ever if left out. */
  waitMs?: number | undefined;
  signature: BatchSignature;
  journal?: Pick<Journal, 'append'> | undefined;
  report: FleetReporter;
}

/** What a batch of resets came to. */
export interface BatchOutcome {
  ended: Exclude<BatchEnd, 'failed'>;
  /** Keys that were reset. */
  reset: number;
  /** Keys that had their turn and were not. */
  failed: number;
  /** Why the last of those was not. */
  lastError?: unknown;
}

/**
 * Resets the keys that are present, then those that are inserted. One that fails does not end the batch.
 * @throws {FidoError} `interrupted` in the middle of a key; a {@link JournalError}; what is wrong with the only transport
 *   that is looked at. What is no FidoError is a bug, and ends it too
 */
export async function resetBatch(options: BatchOptions): Promise<BatchOutcome> {
  const queue = new KeyQueue(options.finder, options.signal);
  const batch = new Batch(options);
  let ended: BatchEnd = 'failed';
  try {
    ended = await batch.run(queue);
    return { ended, ...batch.counts, lastError: batch.lastError };
  } finally {
    queue.close();
    options.report({ kind: 'batch-ended', ended, ...batch.counts });
  }
}

/** The person left at the question, and the key was not touched. */
class LeftAtQuestion extends Error {}

class Batch {
  readonly #options: BatchOptions;
  readonly counts = { reset: 0, failed: 0 };
  /** Why the last one that failed did. */
  lastError: unknown;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  async run(queue: KeyQueue): Promise<BatchOutcome['ended']> {
    const { count = Number.POSITIVE_INFINITY, signal } = this.#options;
    while (this.#taken < count) {
      const candidate = await this.#next(queue);
      if (!candidate) return signal.aborted ? 'interrupted' : 'none-came';
      const after = await this.#take(candidate);
      if (after === 'left') return 'left';
      await queue.done(candidate.key, ...after);
    }
    return 'count-reached';
  }

  get #taken(): number {
    return this.counts.reset + this.counts.failed;
  }

  #next(queue: KeyQueue): Promise<Candidate | undefined> {
    const { waitMs, report } = this.#options;
    const deadline = waitMs === undefined ? undefined : Date.now() + waitMs;
    return queue.next(() => report({ kind: 'waiting-for-key', deadline }), waitMs);
  }

  /** One key's turn. Answers where it is afterwards, as far as that is known. */
  async #take({ key, description }: Candidate): Promise<readonly DiscoveredKey[] | 'left'> {
    const { report } = this.#options;
    const number = this.#taken + 1;
    report({ kind: 'key-taken', number, key: description });
    let after: DiscoveredKey;
    let session: Session | undefined;
    try {
      if (description.error) throw description.error;
      session = await this.#options.openSession(key);
      const fresh = await resetOne(session, description, this.#ports);
      await fresh.close();
      after = fresh.key;
    } catch (error) {
      if (error instanceof LeftAtQuestion) return 'left';
      await this.#fail(number, description, error);
      return [];
    } finally {
      // A card that is still held would keep its reader from the next one.
      await session?.close();
    }
    this.counts.reset++;
    report({ kind: 'key-reset', number, key: description });
    await this.#keep(journalEntry(this.#options.signature, description));
    return [after];
  }

  get #ports(): ResetPorts {
    const { finder, interaction, timeoutMs, signal } = this.#options;
    return {
      finder,
      interaction,
      openSession: (key) => this.#options.openSession(key),
      confirm: (key) => this.#confirm(key),
      timeoutMs,
      signal,
    };
  }

  /** Whoever interrupts a question ends the batch: that is no failure of the key it was about. */
  async #confirm(key: KeyDescription): Promise<void> {
    try {
      await this.#options.confirm?.(key);
    } catch (error) {
      throw isInterruption(error) ? new LeftAtQuestion() : error;
    }
  }

  /** @throws {FidoError} `interrupted`, and what is a bug; other failures are those of one key */
  async #fail(number: number, key: KeyDescription, error: unknown): Promise<void> {
    this.counts.failed++;
    this.lastError = error;
    await this.#keep(journalEntry(this.#options.signature, key, { error }));
    const goesOn = error instanceof FidoError && !isInterruption(error);
    this.#options.report({ kind: 'key-failed', number, key, error, goesOn });
    if (!goesOn) throw error;
  }

  async #keep(entry: JournalEntry): Promise<void> {
    const { report, journal } = this.#options;
    // Before the journal: if that is full, this is all that is left of what was done.
    report({ kind: 'entry', entry });
    try {
      await journal?.append(entry);
    } catch (error) {
      report({ kind: 'entry-lost', entry, error });
      throw error;
    }
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof FidoError && error.code === 'interrupted';
}
