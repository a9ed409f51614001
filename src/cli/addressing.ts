/** The key that a command was for, in the commands that its words advise: who copies such a line means that key. */
import { quoted } from './terminal/shell-line.ts';

/** `words` with the options that name the key in each command for a key. */
export type Addressing = (words: string) => string;

/** What is advised anywhere, by the library too; `--help` is of no key. */
const ADVISED =
  /\bseckey (?=(?:(info|identify|pin|credentials|creds|fingerprints|fp|blobs|config|reset)|list|doctor)\b(?![a-z -]*--help))/g;

/** @param options as they were given on the command line */
export function addressing({ key, transport }: { key?: string; transport?: string }): Addressing {
  // Several software keys are the choice of `reset --each` alone.
  const byKey = key === undefined || key.includes(',') ? '' : `--key ${quoted(key)} `;
  const byTransport = transport === undefined ? '' : `--transport ${transport} `;
  if (byKey === '' && byTransport === '') return (words) => words;
  return (words) =>
    words.replace(ADVISED, (seckey, forOneKey) => `${seckey}${forOneKey === undefined ? '' : byKey}${byTransport}`);
}

const OF_FAILURES = new WeakMap<object, Addressing>();

/** Takes note of which key the command was for that ended with this failure. The innermost that knows it is right. */
export function addressFailure(error: unknown, address: Addressing): void {
  if (typeof error === 'object' && error !== null && !OF_FAILURES.has(error)) OF_FAILURES.set(error, address);
}

/** The hint of a failure, for the key that its command was for. */
export function addressedHint(error: unknown, hint: string): string {
  const address = typeof error === 'object' && error !== null ? OF_FAILURES.get(error) : undefined;
  return address ? address(hint) : hint;
}
