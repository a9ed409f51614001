/** The last words of a run. */

/** After Ctrl-C, of a command that did not stop in time. */
export const OUTCOME_UNKNOWN = 'the command did not stop in time; look at what it has done to the key before you go on';

export const DID_NOT_END = 'seckey did not end by itself';

/** @param message of the failure; that it was interrupted is all that most of them know */
export function interrupted(message: string): string {
  return `Interrupted${message === 'interrupted' ? '' : `: ${message}`}.`;
}

export function failed(message: string): string {
  return `seckey: ${message}`;
}
