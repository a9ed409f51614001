/** `seckey doctor`. */
import type { Complaint } from './complaint.ts';

export const TAKES_NO_KEY: Complaint = {
  message: 'doctor looks for all keys, and takes no --key',
  hint: 'Leave it out; --transport usb or nfc is possible.',
};

export function found(problems: number): string {
  if (problems === 0) return 'Found no problem.';
  return `Found ${problems === 1 ? 'a problem' : `${problems} problems`}.`;
}
