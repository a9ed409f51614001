/** A command line as somebody would type it, to be copied into a shell or a script. */
import { basename } from 'node:path';
import type { Shell } from '../messages/usage.ts';
import { escaped } from '../terminal/escape.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;

/** `seckey` with these arguments, quoted for a POSIX shell where they need it. */
export function shellLine(argv: readonly string[]): string {
  return ['seckey', ...argv.map(quoted)].join(' ');
}

/** One argument as a POSIX shell reads it back. */
export function quoted(argument: string): string {
  if (PLAIN.test(argument)) return argument;
  return `'${escaped(argument).replaceAll("'", String.raw`'\''`)}'`;
}

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'] satisfies Shell[];

/** Whose history holds what was typed. */
export function thisShell(): Shell {
  if (process.platform === 'win32') return 'powershell';
  const name = basename(process.env.SHELL ?? '');
  return SHELLS.includes(name) ? (name as Shell) : 'other';
}
