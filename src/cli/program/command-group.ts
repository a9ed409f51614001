import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import { unknownCommand, unknownPinCommand } from '../messages/usage.ts';
import { thisShell } from './excess-arguments.ts';

/** What a command does: the answer is its exit code; nothing means done. */
export type Action = (context: Context, args: readonly string[], options: Record<string, unknown>) => Promise<unknown>;

/** Makes a commander action of a command whose code is loaded when it runs. */
export type Wrap = (load: () => Promise<Action>) => (...received: unknown[]) => Promise<void>;

/** A group of commands, e.g. `pin`: alone it prints its help, with an unknown command it is a usage error. */
export function commandGroup(program: Command, name: string, description: string): Command {
  const command = program.command(name).description(description).helpCommand(false);
  return command.action((_options, self: Command) => {
    const [unknown] = self.args;
    if (unknown === undefined) return self.outputHelp();
    if (name === 'pin') throw failure('usage', unknownPinCommand(thisShell()));
    throw failure('usage', unknownCommand(name, unknown));
  });
}
