/** The command tree (commander). Each command's code is loaded when it runs. */

import { isatty } from 'node:tty';
import { FidoError } from '../../errors.ts';
import { addressFailure, addressing } from '../addressing.ts';
import { blobCommands } from '../command-groups/blobs.ts';
import type { Program, RunCommand } from '../command-groups/command-group.ts';
import { configCommands } from '../command-groups/config.ts';
import { credentialCommands } from '../command-groups/credentials.ts';
import { diagnosisCommands } from '../command-groups/diagnosis.ts';
import { fingerprintCommands } from '../command-groups/fingerprints.ts';
import { keyCommands } from '../command-groups/keys.ts';
import { pinCommands } from '../command-groups/pin.ts';
import { resetCommand } from '../command-groups/reset.ts';
import { virtualCommands } from '../command-groups/virtual.ts';
import { Command, CommanderError } from '../commander.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { failure } from '../failure.ts';
import { withGlobalOptions } from '../global-options.ts';
import { cannotBeParsed } from '../messages/usage.ts';
import type { RunEnvironment } from '../run-environment.ts';
import { quietInput } from '../terminal/quiet-input.ts';
import { refuseExcessArguments } from './excess-arguments.ts';
import { formatHelp } from './help.ts';
import { inTime } from './in-time.ts';

/**
 * Parses `argv` and runs the command it names.
 * @returns the exit code. @throws whatever the command throws; `usage` for what cannot be parsed.
 */
export async function runProgram(
  argv: readonly string[],
  signal: AbortSignal,
  environment: RunEnvironment = {},
): Promise<number> {
  let exitCode: number = EXIT.done;
  const run: RunCommand = (load) =>
    async function () {
      const globals = this.optsWithGlobals();
      try {
        refuseExcessArguments(this);
        const [{ Context }, action] = await Promise.all([import('../context.ts'), load()]);
        const context = new Context(globals, signal, this, environment);
        const act = (of: Context) => {
          const running = action(of, ...this.processedArgs, this.opts());
          // What is served has to be taken out of the kernel and off the readers, or it stays there.
          return this.name() === 'serve' ? running : inTime(running, signal);
        };
        exitCode = await quietInput.during(() => runAction(context, act, environment));
      } catch (error) {
        addressFailure(error, addressing(globals));
        throw error;
      }
    };
  const program = buildProgram(run);
  try {
    if (namesNoCommand(program, argv)) {
      program.action(run(async () => (context, _globals) => startManager(context, program)));
    }
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return EXIT.done;
    // What was given to a command about the PIN may be one.
    throw failure('usage', cannotBeParsed(error.message, argv.includes('pin')));
  }
  return exitCode;
}

function namesNoCommand(program: Program, argv: readonly string[]): boolean {
  const { operands, unknown } = program.parseOptions([...argv]);
  return operands.length + unknown.length === 0;
}

/** Runs a command to its end, which the trace takes note of. @returns its exit code */
async function runAction(
  context: Context,
  action: (context: Context) => Promise<unknown>,
  { continuesTrace }: RunEnvironment,
): Promise<number> {
  try {
    const code = await action(context);
    const exitCode = typeof code === 'number' ? code : EXIT.done;
    context.noteEnd(exitCode);
    // In a menu the next command goes on from here, and this one did what it should.
    return exitCode === EXIT.done && context.traceIsLost && !continuesTrace ? EXIT.usage : exitCode;
  } catch (error) {
    const { errorDocument } = await import('../errors.ts');
    context.noteEnd(errorDocument(error).exit, error);
    throw error;
  } finally {
    await context.close();
  }
}

/** `seckey` alone: the manager for a person at a terminal, help for everybody else. */
async function startManager(context: Context, program: Program): Promise<number> {
  if (context.out.json) throw new FidoError('usage', 'there is no command', { hint: 'See seckey --help.' });
  if (!context.canAsk || !isatty(1)) {
    process.stderr.write(program.helpInformation());
    return EXIT.usage;
  }
  return (await import('../manager/manager.ts')).manage(context, runProgram);
}

/** All commands, each run through `run`. */
export function buildProgram(run: RunCommand): Program {
  const program = withGlobalOptions(
    new Command('seckey')
      .description('Manage FIDO2 security keys of any vendor, over USB and NFC.')
      .option('--version', 'print the version')
      .helpOption('-h, --help', 'show help')
      .helpCommand(false)
      // `run` refuses them, in its own words.
      .allowExcessArguments()
      .exitOverride()
      .configureHelp({ helpWidth: Math.min(process.stdout.columns || 80, 100), formatHelp })
      .configureOutput({ writeErr: () => {} }),
  );
  // The order of the help.
  keyCommands(program, run);
  pinCommands(program, run);
  credentialCommands(program, run);
  fingerprintCommands(program, run);
  blobCommands(program, run);
  configCommands(program, run);
  resetCommand(program, run);
  virtualCommands(program, run);
  diagnosisCommands(program, run);
  return program;
}
