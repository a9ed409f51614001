/** `seckey reset --each`: key after key, for whoever has a drawer of them to erase. */
import { fleet } from '../../index.ts';
import { addressing } from '../addressing.ts';
import type { Context } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import { failure } from '../failure.ts';
import { cannotWriteJournal, journalFull } from '../messages/files.ts';
import * as words from '../messages/reset.ts';
import { confirmReset, resetPorts } from '../reset-ports.ts';
import { escaped } from '../terminal/escape.ts';
import { secondsUntil } from '../terminal/person.ts';
import { versionOfSeckey } from '../version.ts';

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
  let journal: fleet.Journal | undefined;
  try {
    if (options.journal !== undefined) journal = fleet.openFileJournal(options.journal);
    return await resetAll(context, options, journal);
  } catch (error) {
    throw explainJournal(error);
  } finally {
    await journal?.close();
  }
}

async function resetAll(context: Context, options: EachOptions, journal: fleet.Journal | undefined): Promise<number> {
  const ports = await resetPorts(context);
  const finder = await context.finder();
  const count = options.count ?? context.virtualNames?.length;
  const { ended, reset, failed, lastError } = await fleet.resetBatch({
    ...ports,
    finder,
    confirm: context.options.yes ? undefined : (key) => confirmReset(context, key, undefined),
    count,
    // Whoever names no number goes on until Ctrl-C, with breaks of any length.
    waitMs: count === undefined ? undefined : context.timeoutMs,
    signal: context.signal,
    signature: fleet.signBatch(versionOfSeckey()),
    journal,
    report: reporter(context),
  });
  if (ended === 'none-came') throw failure('person-timeout', words.noneCame(context.options.timeout, reset + failed));
  return failed === 0 ? EXIT.done : errorDocument(lastError).exit;
}

function checkOptions({ options: { key, yes }, canAsk, virtualNames }: Context, { confirm }: EachOptions): void {
  if (confirm !== undefined) throw failure('usage', words.EACH_TAKES_MANY);
  if (key !== undefined && !virtualNames) throw failure('usage', words.EACH_CHOOSES_NONE);
  if (!canAsk && !yes) throw failure('input-required', words.EACH_UNASKED);
}

function explainJournal(error: unknown): unknown {
  if (!(error instanceof fleet.JournalError)) return error;
  const explain = error.operation === 'open' ? cannotWriteJournal : journalFull;
  return failure('invalid-input', explain(error.journal, error.cause));
}

/** Says what happens in the batch. What makes it throw is said by whoever catches that. */
function reporter(context: Context): fleet.FleetReporter {
  const { out } = context;
  return (event) => {
    out.waitingOver();
    switch (event.kind) {
      case 'waiting-for-key':
        return waitForNext(context, event.deadline);
      case 'key-taken':
        return out.say(words.turn(event.number, event.key));
      case 'key-reset':
        return out.say(words.TAKE_IT_OUT);
      case 'entry':
        return out.document(event.entry);
      case 'key-failed':
        return event.goesOn ? sayFailure(context, event) : undefined;
      case 'batch-ended':
        return event.ended === 'failed' ? undefined : out.say(words.total(event.reset, event.failed));
    }
  };
}

function waitForNext({ out }: Context, deadline: number | undefined): void {
  out.wait(() => words.nextKey(deadline === undefined ? undefined : secondsUntil(deadline)));
}

function sayFailure({ out }: Context, { key, error }: Extract<fleet.FleetEvent, { kind: 'key-failed' }>): void {
  const { message, hint } = errorDocument(error);
  out.insist(words.notReset(message));
  // Of several keys, the one that it is about.
  if (hint) out.insist(addressing({ key: key.id })(escaped(hint)));
}
