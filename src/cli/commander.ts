/**
 * commander's own classes, seen with the types of `@commander-js/extra-typings`: what is declared as an option or argument
 * is known to the compiler. Nothing of that package is loaded.
 */
import type * as typed from '@commander-js/extra-typings';
import * as commander from 'commander';

export const { Argument, Command, CommanderError, Help, InvalidArgumentError, Option } =
  commander as unknown as typeof typed;

export type Help = typed.Help;

export type { CommandUnknownOpts, OptionValues } from '@commander-js/extra-typings';
export type { Argument as UntypedArgument, Option as UntypedOption } from 'commander';
/** A command with these arguments and options, under others that have `Globals`. */
export type Command<
  Args extends unknown[],
  Options extends typed.OptionValues,
  Globals extends typed.OptionValues,
> = typed.Command<Args, Options, Globals>;
