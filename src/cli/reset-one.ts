/** What resetting one key and resetting many have in common. */
import { FidoError, type KeyDescription, reset, type Session, vendorSerial } from '../index.ts';
import type { Context } from './context.ts';
import { failure } from './failure.ts';
import * as words from './messages/reset.ts';
import { askText } from './terminal/prompts.ts';

/** The replug, the reset and what came of it, with the person told all the way. */
export async function resetOne(context: Context, session: Session, key: KeyDescription): Promise<Session> {
  const fresh = await reset.run(session, {
    finder: await context.finder(),
    interaction: context.interaction,
    openSession: (found) => context.openSession(found),
    vendorSerial,
    model: key.model,
    timeoutMs: context.timeoutMs,
    signal: context.signal,
  });
  context.out.waitingOver();
  return fresh;
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
