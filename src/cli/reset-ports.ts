/** What the command line brings to a reset: the person, the keys, and the question before it. */
import { FidoError, type fleet, type KeyDescription } from '../index.ts';
import type { Context } from './context.ts';
import { failure } from './failure.ts';
import * as words from './messages/reset.ts';
import { askText } from './terminal/prompts.ts';

/** Without the question. */
export async function resetPorts(context: Context): Promise<Omit<fleet.ResetPorts, 'confirm'>> {
  // Software keys add a simulated user to the interaction once they are opened.
  const finder = await context.finder();
  return {
    finder,
    interaction: context.interaction,
    openSession: (key) => context.openSession(key),
    timeoutMs: context.timeoutMs,
    signal: context.signal,
  };
}

/** Everything that asks a person happens before the key is removed: the ten seconds are too short for typing. */
export async function confirmReset(
  { out, canAsk, options }: Context,
  key: KeyDescription,
  given: string | undefined,
): Promise<void> {
  const names = [key.serial, key.id, virtualName(key.id)].filter((name) => name !== undefined);
  const expected = virtualName(key.id) ?? key.serial ?? key.id;
  if (given !== undefined) {
    if (names.includes(given)) return;
    throw failure('declined', words.otherName(given, names));
  }
  if (!canAsk) throw failure('input-required', words.consentUnasked(expected));
  out.say(words.whatIsErased(key, expected));
  if (key.serial === undefined) out.say(words.NO_SERIAL);
  if (options.yes) return;
  const typed = await askText(words.typeName(expected)).catch((error: unknown) => {
    const isInterrupted = error instanceof FidoError && error.code === 'interrupted';
    throw isInterrupted ? new FidoError('interrupted', words.NOTHING_ERASED) : error;
  });
  if (!names.includes(typed.trim())) throw failure('declined', words.notItsName(expected));
}

function virtualName(id: string): string | undefined {
  return id.startsWith('virtual:') ? id.slice('virtual:'.length) : undefined;
}
