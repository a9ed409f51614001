/** The last words of a run. */

export const DID_NOT_END = 'seckey did not end by itself';

/** @param message of the failure; that it was interrupted is all that most of them know */
export function interrupted(message: string): string {
  return `Interrupted${message === 'interrupted' ? '' : `: ${message}`}.`;
}

export function failed(message: string): string {
  return `seckey: ${message}`;
}
