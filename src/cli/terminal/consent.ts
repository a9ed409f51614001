/** Consent to what cannot be undone. */
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import { consentUnasked, DECLINED } from '../messages/waiting.ts';
import { askYesNo } from './prompts.ts';

/**
 * Refuses at once, before a PIN is spent, where nobody can be asked and --yes is not given.
 * @throws {FidoError} `input-required`
 */
export function requireConsentPossible({ canAsk, options }: Context, what: string): void {
  if (canAsk || options.yes) return;
  throw failure('input-required', consentUnasked(what));
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
  if (!(await askYesNo(question, false))) throw failure('declined', DECLINED);
}
