/** Consent to what cannot be undone. */
import { failure } from '../failure.ts';
import { consentUnasked, DECLINED } from '../messages/waiting.ts';
import type { Output } from './output.ts';
import { askYesNo } from './prompts.ts';

/** What asking takes of a command's context. */
interface Asking {
  readonly canAsk: boolean;
  readonly options: { readonly yes?: boolean };
  readonly out: Output;
}

/**
 * Refuses at once, before a PIN is spent, where nobody can be asked and --yes is not given.
 * @throws {FidoError} `input-required`
 */
export function requireConsentPossible({ canAsk, options }: Pick<Asking, 'canAsk' | 'options'>, what: string): void {
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
export async function askConsent(context: Asking, { what, lines, question }: Consent): Promise<void> {
  requireConsentPossible(context, what);
  if (context.options.yes) return;
  context.out.waitingOver();
  for (const line of lines) context.out.insist(line);
  if (!(await askYesNo(question, false))) throw failure('declined', DECLINED);
}
