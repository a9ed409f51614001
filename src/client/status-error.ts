import { statusName } from '../ctap2/status.ts';
import { adviceOf, CtapStatusError } from '../errors.ts';
import { STATUS_MEANINGS, type StatusMeaning, UNKNOWN_STATUS } from './status-meanings.ts';

/** The failure for `status`, the key's answer to `command`. */
export function statusError(status: number, command: string): CtapStatusError {
  const name = statusName(status);
  const known: Readonly<Record<string, StatusMeaning>> = STATUS_MEANINGS;
  const meaning = known[name] ?? UNKNOWN_STATUS;
  const { code, message } = meaning;
  const words = code === 'refused' ? `the key refused ${command}: ${message} (${name})` : message;
  return new CtapStatusError(code, words, { status, statusName: name }, adviceOf(meaning));
}
