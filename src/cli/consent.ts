/** Consent to what cannot be undone. */
import { FidoError } from '../index.ts';
import type { Context } from './context.ts';
import { askYesNo } from './prompts.ts';

/**
 * Refuses at once, before a PIN is spent, where nobody can be asked and --yes is not given.
 * @throws {FidoError} `input-required`
 */
export function requireConsentPossible({ canAsk, options }: Context, what: string): void {
  if (canAsk || options.yes) return;
  throw new FidoError('input-required', `${what}, and nobody can be asked whether that is meant`, {
    hint: 'If it is, run the command again with --yes.',
  });
}

export interface Consent {
  /** For whoever cannot be asked, e.g. `deleting a passkey cannot be undone`. */
  what: string;
  /** What would happen, in lines already escaped. */
  lines: readonly string[];
  question: string;
}

/**
 * Says what would happen and asks, unless --yes was given.
 * @throws {FidoError} `input-required`, `declined`
 */
export async function askConsent(context: Context, { what, lines, question }: Consent): Promise<void> {
  requireConsentPossible(context, what);
  if (context.options.yes) return;
  context.out.waitingOver();
  for (const line of lines) context.out.insist(line);
  if (!(await askYesNo(question, false))) throw new FidoError('declined', 'nothing was changed');
}
