/** More arguments than a command takes: an argument that is passed over was meant to do something. */
import type { CommandUnknownOpts } from '../commander.ts';
import { failure } from '../failure.ts';
import { argumentOfPin, excessArguments } from '../messages/usage.ts';
import { thisShell } from '../terminal/shell-line.ts';

/** @throws {FidoError} `usage`; it never repeats what was given to `pin`, which may be a PIN */
export function refuseExcessArguments(command: CommandUnknownOpts): void {
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
function nameOf(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
