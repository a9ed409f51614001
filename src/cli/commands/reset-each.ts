/** `seckey reset --each`: key after key, for whoever has a drawer of them to erase. */
import {
  type Candidate,
  type DiscoveredKey,
  FidoError,
  type KeyDescription,
  reset,
  type Session,
} from '../../index.ts';
import { addressing } from '../addressing.ts';
import type { Context } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import { failure } from '../failure.ts';
import { newBatch, ResetJournal, type ResetRecord } from '../files/reset-journal.ts';
import { KeyQueue } from '../key-queue.ts';
import * as words from '../messages/reset.ts';
import { confirmReset, resetOne } from '../reset-one.ts';
import { escaped } from '../terminal/escape.ts';
import { secondsUntil } from '../terminal/person.ts';

export interface EachOptions {
  journal?: string;
  count?: number;
  confirm?: string;
}

/**
 * @returns 0 when every key was reset, else the exit code of the last failure.
 * @throws {FidoError} `person-timeout` if a number of keys was asked for, and fewer came
 */
export async function resetEach(context: Context, options: EachOptions): Promise<number> {
  checkOptions(context, options);
  const journal = options.journal === undefined ? undefined : new ResetJournal(options.journal);
  const finder = await context.finder();
  const queue = new KeyQueue(finder, context.signal);
  const batch = new Batch(context, journal);
  const count = options.count ?? context.virtualNames?.length;
  // Whoever names no number goes on until Ctrl-C, with breaks of any length.
  const timeoutMs = count === undefined ? undefined : context.timeoutMs;
  try {
    while (batch.taken < (count ?? Number.POSITIVE_INFINITY)) {
      const candidate = await queue.next(() => waitForNext(context, timeoutMs), timeoutMs);
      context.out.waitingOver();
      if (!candidate && !context.signal.aborted) {
        batch.end();
        throw failure('person-timeout', words.noneCame(context.options.timeout, batch.taken));
      }
      if (!candidate) break;
      const after = await batch.take(candidate);
      if (after === 'end') break;
      await queue.done(candidate.key, ...after);
    }
    return batch.end();
  } finally {
    queue.close();
    journal?.close();
  }
}

function waitForNext({ out }: Context, timeoutMs: number | undefined): void {
  const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  out.wait(() => words.nextKey(deadline === undefined ? undefined : secondsUntil(deadline)));
}

function checkOptions({ options: { key, yes }, canAsk, virtualNames }: Context, { confirm }: EachOptions): void {
  if (confirm !== undefined) throw failure('usage', words.EACH_TAKES_MANY);
  if (key !== undefined && !virtualNames) throw failure('usage', words.EACH_CHOOSES_NONE);
  if (!canAsk && !yes) throw failure('input-required', words.EACH_UNASKED);
}

class Batch {
  taken = 0;
  #reset = 0;
  #exit: number = EXIT.done;
  readonly #signs = newBatch();
  readonly #context: Context;
  readonly #journal: ResetJournal | undefined;

  constructor(context: Context, journal: ResetJournal | undefined) {
    this.#context = context;
    this.#journal = journal;
  }

  /** One key's turn. Answers where it is afterwards, or `end` if the person left at the question. */
  async take({ key, description }: Candidate): Promise<DiscoveredKey[] | 'end'> {
    const { out, options } = this.#context;
    out.say(words.turn(this.taken + 1, description));
    let after: DiscoveredKey;
    let session: Session | undefined;
    try {
      if (description.error) throw description.error;
      session = await this.#context.openSession(key);
      await reset.check(session, description);
      try {
        if (!options.yes) await confirmReset(this.#context, description, undefined);
      } catch (error) {
        if (error instanceof FidoError && error.code === 'interrupted') return 'end';
        throw error;
      }
      const fresh = await resetOne(this.#context, session, description);
      await fresh.close();
      after = fresh.key;
    } catch (error) {
      this.#fail(description, error);
      return [];
    } finally {
      // A card that is still held would keep its reader from the next one.
      await session?.close();
    }
    this.#reset++;
    out.say(words.TAKE_IT_OUT);
    this.#note(description, { result: 'reset' });
    return [after];
  }

  /** The last word, and the exit code. */
  end(): number {
    this.#context.out.say(words.total(this.#reset, this.taken - this.#reset));
    return this.#exit;
  }

  /** One key that fails does not end the batch; Ctrl-C and bugs do. */
  #fail(description: KeyDescription, error: unknown): void {
    const { out } = this.#context;
    const { code, message, hint, exit } = errorDocument(error);
    out.waitingOver();
    this.#note(description, { result: code, message });
    if (code === 'interrupted' || code === 'bug') throw error;
    this.#exit = exit;
    out.insist(words.notReset(message));
    // Of several keys, the one that it is about.
    if (hint) out.insist(addressing({ key: description.id })(escaped(hint)));
  }

  #note({ id, serial, model }: KeyDescription, outcome: Pick<ResetRecord, 'result' | 'message'>): void {
    const record: ResetRecord = {
      time: new Date().toISOString(),
      ...this.#signs,
      id,
      ...(serial === undefined ? {} : { serial }),
      ...(model === undefined ? {} : { model }),
      ...outcome,
    };
    this.taken++;
    // Before the journal: if that is full, this is all that is left of what was done.
    this.#context.out.document(record);
    this.#journal?.append(record);
  }
}
