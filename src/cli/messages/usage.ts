/** What cannot be parsed. */

import type { FailureText } from '../failure.ts';
import { plural } from '../terminal/text.ts';

export function unknownCommand(group: string, name: string): FailureText {
  return { message: `unknown command '${group} ${name}'`, hint: `See seckey ${group} --help.` };
}

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell' | 'other';

/** How a line is removed from what the shell remembers. */
const FORGET: Readonly<Record<Shell, string>> = {
  bash: ' (history -d NUMBER)',
  zsh: ' (edit ~/.zsh_history)',
  fish: ' (history delete)',
  powershell: ' (edit the file that (Get-PSReadLineOption).HistorySavePath names)',
  other: '',
};

/** What somebody needs to know who has typed a PIN into the command line. */
function maybeInHistory(shell: Shell, instead: string): string {
  return (
    `If that was a PIN, it may now be in your shell's history: remove it there${FORGET[shell]}, and ${instead}. ` +
    'seckey asks for a PIN, or reads it with --pin-file.'
  );
}

const CHANGE_IT = 'change the PIN: seckey pin change';

/** `pin` and a word that is none of its commands, which is not repeated. */
export function unknownPinCommand(shell: Shell): FailureText {
  return {
    message: 'pin has no such command; see seckey pin --help',
    hint: maybeInHistory(shell, CHANGE_IT),
  };
}

/** @param name e.g. `pin set` */
export function argumentOfPin(name: string, takes: number, shell: Shell): FailureText {
  return {
    message: `${name} takes ${takes === 0 ? 'no arguments' : `only ${plural(takes, 'argument')}`}; nothing was done`,
    hint: maybeInHistory(shell, name === 'pin set' ? 'choose another one' : CHANGE_IT),
  };
}

export function excessArguments(name: string, takes: number, given: number): FailureText {
  const most = takes === 0 ? 'no arguments' : plural(takes, 'argument');
  return {
    message: `${name} takes ${most}, but ${given} ${given === 1 ? 'was' : 'were'} given; nothing was done`,
    hint: `A name with spaces needs quotes. See seckey ${name} --help.`,
  };
}

export const NO_LENGTH: FailureText = {
  message: 'pin min-length takes a number of characters',
  hint: 'For example: seckey pin min-length 6',
};

/** @param isSecret whether what was given may be a PIN, and must not be repeated */
export function cannotBeParsed(message: string, isSecret: boolean): FailureText {
  const words = message.replace(/^error: /, '');
  return { message: isSecret ? withoutValue(words) : words, hint: 'See seckey --help.' };
}

/** Of an option that is not known, its name alone: `--pin=1234` and `-p1234` are taken for one word. */
function withoutValue(words: string): string {
  return words.replace(/^unknown option '(--[^='\s]*|-.)[^\n]*/, "unknown option '$1'");
}
