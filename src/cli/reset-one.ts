/** What resetting one key and resetting many have in common. */
import { FidoError, type KeyDescription, resetKey, type Session, vendorSerial } from '../index.ts';
import type { Context } from './context.ts';
import { escaped } from './escape.ts';
import { askText } from './prompts.ts';

/** The replug, the reset and what came of it, with the person told all the way. */
export async function resetOne(context: Context, session: Session, key: KeyDescription): Promise<Session> {
  const fresh = await resetKey(session, {
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
    throw new FidoError('declined', `--confirm ${given} does not name the key that is there; nothing was erased`, {
      hint: `It is ${names.map((name) => `"${name}"`).join(' or ')}.`,
    });
  }
  if (!canAsk) {
    throw new FidoError(
      'input-required',
      'a reset erases everything on the key, and nobody can be asked whether that is meant',
      {
        hint: `Name the key with --confirm ${expected}`,
      },
    );
  }
  out.say(
    `This erases everything on ${escaped(key.model ?? key.name ?? 'the key')} (${escaped(expected)}): every credential and passkey, also those of old sites, the PIN, fingerprints and settings. It cannot be undone; accounts with no other way to sign in are lost.`,
  );
  if (options.yes) return;
  const typed = await askText(`Type ${escaped(expected)} to erase it:`);
  if (!names.includes(typed.trim())) {
    throw new FidoError('declined', 'that is not its name; nothing was erased');
  }
}

function virtualName(id: string): string | undefined {
  return id.startsWith('virtual:') ? id.slice('virtual:'.length) : undefined;
}
