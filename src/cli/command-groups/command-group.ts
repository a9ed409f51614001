/** How a command is declared: its options and arguments, and what runs with exactly these. */

import type { Command } from '../commander.ts';
import type { Context, PinOptions } from '../context.ts';
import { failure } from '../failure.ts';
import type { GlobalOptions } from '../global-options.ts';
import { unknownCommand, unknownPinCommand } from '../messages/usage.ts';
import { thisShell } from '../terminal/shell-line.ts';

type None = Record<never, never>;

/** `seckey` itself. */
export type Program = Command<[], GlobalOptions, None>;

/** What a command does: the answer is its exit code; nothing means done. */
export type Action<Args extends unknown[], Options> = (
  context: Context,
  ...given: [...Args, Options]
) => Promise<unknown>;

/** Options of a command. Those that the context acts on mean the same in each of them. */
type CommandOptions = PinOptions & Record<string, unknown>;

/**
 * Makes a commander action of a command whose code is loaded when it runs. It compiles only if what is loaded takes what
 * is declared, option by option and choice by choice, neither more nor less.
 */
export type RunCommand = <Args extends unknown[], Options extends CommandOptions, Taking extends Action<Args, Options>>(
  load: () => Promise<Taking & Exactly<Declared<Args, Options>, Taken<Taking>>>,
) => (this: Command<Args, Options, GlobalOptions>) => Promise<void>;

type Declared<Args extends unknown[], Options> = keyof Options extends never ? Args : [...Args, Options];
type Taken<Taking> = Taking extends (context: Context, ...given: infer Given) => unknown ? Given : never;

/** Assignability alone would not do: an option that may be left out may also be missing from what is declared. */
type Exactly<Declaring, Taking> = [Members<Declaring>, Members<Taking>] extends [Members<Taking>, Members<Declaring>]
  ? unknown
  : { declared: Declaring; taken: Taking };
type Members<Given> = {
  [At in keyof Given]: Given[At] extends object ? { [Name in keyof Given[At]]-?: [Given[At][Name]] } : Given[At];
};

/** A group of commands, e.g. `pin`: alone it prints its help, with an unknown command it is a usage error. */
export function commandGroup(program: Program, name: string, description: string): Command<[], None, GlobalOptions> {
  const command = program.command(name).description(description).helpCommand(false);
  return command.action((_options, self) => {
    const [unknown] = self.args;
    if (unknown === undefined) return self.outputHelp();
    if (name === 'pin') throw failure('usage', unknownPinCommand(thisShell()));
    throw failure('usage', unknownCommand(name, unknown));
  });
}
