/** `seckey reset --each`: key after key, for whoever has a drawer of them to erase. */
import {
  type Candidate,
  checkReset,
  type DiscoveredKey,
  FidoError,
  type KeyDescription,
  type Session,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import { escaped } from '../escape.ts';
import { KeyQueue } from '../key-queue.ts';
import { ResetJournal, type ResetRecord } from '../reset-journal.ts';
import { confirmReset, resetOne } from '../reset-one.ts';

export interface EachOptions {
  journal?: string;
  count?: number;
  confirm?: string;
}

/** @returns 0 when every key was reset, else the exit code of the last failure. */
export async function resetEach(context: Context, options: EachOptions): Promise<number> {
  checkOptions(context, options);
  const journal = options.journal === undefined ? undefined : new ResetJournal(options.journal);
  const finder = await context.finder();
  const queue = new KeyQueue(finder, context.signal);
  const batch = new Batch(context, journal);
  const count = options.count ?? context.virtualNames?.length ?? Number.POSITIVE_INFINITY;
  try {
    while (batch.taken < count) {
      const candidate = await queue.next(() =>
        context.out.wait(() => 'Insert the next key, or put it on the reader. Ctrl-C ends it.'),
      );
      context.out.waitingOver();
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

function checkOptions({ options: { key, yes }, canAsk, virtualNames }: Context, { confirm }: EachOptions): void {
  if (confirm !== undefined) {
    throw new FidoError('usage', '--confirm names one key, and --each takes many', {
      hint: 'Leave out --confirm. Each name is asked for; --yes skips that.',
    });
  }
  if (key !== undefined && !virtualNames) {
    throw new FidoError('usage', '--each takes every key that is inserted, so --key cannot choose one', {
      hint: 'Leave out --key. Software keys are named: --key virtual:a,virtual:b',
    });
  }
  if (!canAsk && !yes) {
    throw new FidoError('input-required', 'nobody can be asked whether each key is meant to be erased', {
      hint: 'If every key that is inserted is, run the command again with --yes.',
    });
  }
}

class Batch {
  taken = 0;
  #reset = 0;
  #exit: number = EXIT.done;
  readonly #context: Context;
  readonly #journal: ResetJournal | undefined;

  constructor(context: Context, journal: ResetJournal | undefined) {
    this.#context = context;
    this.#journal = journal;
  }

  /** One key's turn. Answers where it is afterwards, or `end` if the person left at the question. */
  async take({ key, description }: Candidate): Promise<DiscoveredKey[] | 'end'> {
    const { out, options } = this.#context;
    const { id, serial, model, name } = description;
    const label = [model ?? name ?? 'unknown key', serial ? `serial ${serial}` : id].join(', ');
    out.say(`Key ${this.taken + 1}: ${escaped(label)}`);
    let session: Session | undefined;
    try {
      if (description.error) throw description.error;
      session = await this.#context.openSession(key);
      await checkReset(session, description);
      try {
        if (!options.yes) await confirmReset(this.#context, description, undefined);
      } catch (error) {
        if (error instanceof FidoError && error.code === 'interrupted') return 'end';
        throw error;
      }
      const fresh = await resetOne(this.#context, session, description);
      await fresh.close();
      this.#note(description, { result: 'reset' });
      this.#reset++;
      out.say('Reset. It can be taken out.');
      return [fresh.key];
    } catch (error) {
      this.#fail(description, error);
      return [];
    } finally {
      // A card that is still held would keep its reader from the next one.
      await session?.close();
    }
  }

  /** The last word, and the exit code. */
  end(): number {
    const failed = this.taken - this.#reset;
    this.#context.out.say(
      `${this.#reset} ${this.#reset === 1 ? 'key' : 'keys'} reset${failed > 0 ? `, ${failed} not` : ''}.`,
    );
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
    out.insist(`Not reset: ${escaped(message)}`);
    if (hint) out.insist(escaped(hint));
  }

  #note({ id, serial, model }: KeyDescription, outcome: Pick<ResetRecord, 'result' | 'message'>): void {
    const record: ResetRecord = {
      time: new Date().toISOString(),
      id,
      ...(serial === undefined ? {} : { serial }),
      ...(model === undefined ? {} : { model }),
      ...outcome,
    };
    this.taken++;
    this.#journal?.append(record);
    this.#context.out.document(record);
  }
}
