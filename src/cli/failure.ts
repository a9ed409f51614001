/** A failure of the command line itself, in the words of `words/`. */
import { FidoError, type FidoErrorCode } from '../errors.ts';
import type { Complaint } from './words/complaint.ts';

export function failure(code: FidoErrorCode, { message, hint }: Complaint, cause?: unknown): FidoError {
  return new FidoError(code, message, { hint, ...(cause === undefined ? {} : { cause }) });
}
