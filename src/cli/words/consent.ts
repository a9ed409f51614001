/** Consent to what cannot be undone. */
import type { Complaint } from './complaint.ts';

export function consentUnasked(what: string): Complaint {
  return {
    message: `${what}, and nobody can be asked whether that is meant`,
    hint: 'If it is, run the command again with --yes.',
  };
}

export const DECLINED: Complaint = {
  message: 'nothing was changed, because the answer was no',
  hint: 'Run the command again and answer yes if it is meant.',
};
