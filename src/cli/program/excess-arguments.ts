/** More arguments than a command takes: an argument that is passed over was meant to do something. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { failure } from '../failure.ts';
import { argumentOfPin, excessArguments, type Shell } from '../messages/usage.ts';

/** @throws {FidoError} `usage`; it never repeats what was given to `pin`, which may be a PIN */
export function refuseExcessArguments(command: Command): void {
  const { registeredArguments, args } = command;
  const takes = registeredArguments.some(({ variadic }) => variadic) ? Infinity : registeredArguments.length;
  if (args.length <= takes) return;
  const name = nameOf(command);
  const words = name.startsWith('pin ')
    ? argumentOfPin(name, takes, thisShell())
    : excessArguments(name, takes, args.length);
  throw failure('usage', words);
}

/** The words that name a command, e.g. `pin set`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'] satisfies Shell[];

/** Whose history holds what was typed. */
export function thisShell(): Shell {
  if (process.platform === 'win32') return 'powershell';
  const name = basename(process.env.SHELL ?? '');
  return SHELLS.includes(name) ? (name as Shell) : 'other';
}
