/** What cannot be parsed. */
import type { Complaint } from './complaint.ts';

export function unknownCommand(noun: string, name: string): Complaint {
  return { message: `unknown command '${noun} ${name}'`, hint: `See seckey ${noun} --help.` };
}
