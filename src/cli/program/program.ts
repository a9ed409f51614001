/** The command tree (commander). Each command's code is loaded when it runs. */

import { isatty } from 'node:tty';
import { Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { FidoError } from '../../errors.ts';
import { addressFailure, addressing } from '../addressing.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { failure } from '../failure.ts';
import { cannotBeParsed, NO_LENGTH } from '../messages/usage.ts';
import type { RunEnvironment } from '../run-environment.ts';
import { quietInput } from '../terminal/quiet-input.ts';
import { blobCommands } from './blob-commands.ts';
import { commandGroup, type Wrap } from './command-group.ts';
import { configCommands } from './config-commands.ts';
import { credentialCommands } from './credential-commands.ts';
import { refuseExcessArguments } from './excess-arguments.ts';
import { fingerprintCommands } from './fingerprint-commands.ts';
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
  const wrap: Wrap =
    (load) =>
    async (...received) => {
      const command = received.at(-1) as Command;
      const options = command.opts() as Record<string, unknown>;
      const globals = command.optsWithGlobals() as GlobalOptions;
      try {
        refuseExcessArguments(command);
        const [{ Context }, action] = await Promise.all([import('../context.ts'), load()]);
        const context = new Context(globals, signal, command, environment);
        const args = command.processedArgs.flat() as string[];
        const run = (of: Context) => {
          const running = action(of, args, options);
          // What is served has to be taken out of the kernel and off the readers, or it stays there.
          return command.name() === 'serve' ? running : inTime(running, signal);
        };
        exitCode = await quietInput.during(() => runAction(context, run, environment));
      } catch (error) {
        addressFailure(error, addressing(globals));
        throw error;
      }
    };
  const program = buildProgram(wrap);
  try {
    if (namesNoCommand(program, argv)) program.action(wrap(async () => (context) => startManager(context, program)));
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return EXIT.done;
    // What was given to a command about the PIN may be one.
    throw failure('usage', cannotBeParsed(error.message, argv.includes('pin')));
  }
  return exitCode;
}

function namesNoCommand(program: Command, argv: readonly string[]): boolean {
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
async function startManager(context: Context, program: Command): Promise<number> {
  if (context.out.json) throw new FidoError('usage', 'there is no command', { hint: 'See seckey --help.' });
  if (!context.canAsk || !isatty(1)) {
    process.stderr.write(program.helpInformation());
    return EXIT.usage;
  }
  return (await import('../manager/manager.ts')).manage(context, runProgram);
}

const START = `Start with:
  seckey                           menus for all of it
  seckey list                      which keys are there
  seckey info                      what a key is and can do
  seckey pin set                   give it a PIN
  seckey doctor                    why a key is not seen
  seckey virtual create demo       a software key to practise on:
  seckey -k virtual:demo pin set   use it like any other key`;

const RESET_EACH = `
With --each:
  Keys that are present are taken first, then those that are inserted; one that
  stays in is not taken again. --key virtual:a,virtual:b takes these software keys.
  With --count it ends with exit code 8 if none comes for --timeout seconds.
  The journal gets {time, batch, user, host, version, id, serial, model, result,
  message} as soon as a key is done; result is "reset" or an error code. --json
  prints the same lines.
  Exit code: 0 if every key was reset, else that of the last failure.`;

/** commander's help, with what can be done before how: a terminal shows the end of what does not fit, people read the start. */
function formatHelp(command: Command, help: Help): string {
  const sections = Help.prototype.formatHelp.call(help, command, help).trimEnd().split('\n\n');
  const options = sections.filter((section) => section.startsWith('Options:'));
  const others = sections.filter((section) => !section.startsWith('Options:'));
  const isRoot = command.parent === null;
  const hint = isRoot ? [] : ['Options of every command: seckey --help'];
  return `${[...others, ...options, ...(isRoot ? [START] : hint)].join('\n\n')}\n`;
}

/** All commands, each run through `wrap`. */
export function buildProgram(wrap: Wrap): Command {
  const program = new Command('seckey')
    .description('Manage FIDO2 security keys of any vendor, over USB and NFC.')
    .option('--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    // `wrap` refuses them, in its own words.
    .allowExcessArguments()
    .exitOverride()
    .configureHelp({ helpWidth: Math.min(process.stdout.columns || 80, 100), formatHelp })
    .configureOutput({ writeErr: () => {} });
  globalOptions(program);

  program
    .command('list')
    .description('list all keys, on USB and on readers')
    .option('--watch', 'go on, and report keys that come and go')
    .option('--virtual', 'software keys too')
    .action(wrap(async () => (await import('../commands/list.ts')).list));
  program
    .command('info')
    .description('show everything a key says of itself')
    .option('--raw', 'also the answer in CBOR, as hex')
    .action(wrap(async () => (await import('../commands/info.ts')).info));
  program
    .command('identify')
    .description('make a key blink, or find out which one is touched')
    .option('--touch', 'wait for a touch, and tell which key it was')
    .action(wrap(async () => (await import('../commands/identify.ts')).identify));
  pinCommands(program, wrap);
  credentialCommands(program, wrap);
  fingerprintCommands(program, wrap);
  blobCommands(program, wrap);
  configCommands(program, wrap);
  program
    .command('reset')
    .description('erase everything on a key (factory reset)')
    .addOption(new Option('--confirm <name>', "the key's serial number, id or virtual name, where nobody can be asked"))
    .option('--each', 'key after key, until Ctrl-C; --yes asks for no names')
    .option('--journal <file>', 'with --each: add a JSON line for each key')
    .option('--count <n>', 'with --each: end after this many keys, failed ones included', count)
    .addHelpText('after', RESET_EACH)
    .action(wrap(async () => (await import('../commands/reset.ts')).reset));
  virtualCommands(program, wrap);
  const trace = commandGroup(program, 'trace', 'what --trace has recorded');
  trace
    .command('show')
    .argument('<file>')
    .description('the exchanges with a key, in readable words')
    .action(wrap(async () => (await import('../commands/trace.ts')).show));
  program
    .command('doctor')
    .description('find out why a key is not seen, and how to fix it')
    .option('--print-udev-rules', 'print a udev rules file for Linux, and nothing else')
    .action(wrap(async () => (await import('../commands/doctor.ts')).doctor));
  return program;
}

function globalOptions(program: Command): void {
  program
    .option('-k, --key <selector>', 'which key: id, serial, AAGUID, reader, virtual:NAME')
    .addOption(
      new Option('-t, --transport <transport>', 'only keys on USB, or only on readers').choices(['usb', 'nfc']),
    )
    .option('--json', 'print one JSON document')
    .option('--no-input', 'never ask; what is missing is an error')
    .option('-y, --yes', 'answer yes; skips no replug, touch or check')
    .option('--pin-file <path>', 'PIN: first line of a file, - for stdin')
    .option('--new-pin-file <path>', 'new PIN, likewise')
    .option('--timeout <seconds>', 'how long to wait for a person', seconds, 60)
    .option('--trace <file>', 'record the exchanges, without secrets')
    .option('-q, --quiet', 'say only what must be said')
    .option('-v, --verbose', 'say each exchange with the key')
    .option('--no-color', 'no colours');
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= 86_400)) throw new InvalidArgumentError('It must be a number of seconds, 1 to 86400.');
  return number;
}

function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a number of keys.');
  return Number(value);
}

function characters(value: string): string {
  // Commander would repeat the value, and that may be a PIN.
  if (!/^[1-9]\d{0,2}$/.test(value)) throw failure('usage', NO_LENGTH);
  return value;
}

function pinCommands(program: Command, wrap: Wrap): void {
  const pin = commandGroup(program, 'pin', 'set, change, check the PIN');
  pin
    .command('status')
    .description('whether a PIN is set, tries left, rules')
    .action(wrap(async () => (await import('../commands/pin.ts')).status));
  pin
    .command('set')
    .description('give a key its first PIN')
    .option('--generate', 'draw a random PIN and print it once, before the key gets it')
    .option('--new-pin-out <file>', 'with --generate: write it to this new file instead')
    .action(wrap(async () => (await import('../commands/pin.ts')).set));
  pin
    .command('change')
    .description('replace the PIN by another one')
    .option('--generate', 'draw a random PIN and print it once, before the key gets it')
    .option('--new-pin-out <file>', 'with --generate: write it to this new file instead')
    .action(wrap(async () => (await import('../commands/pin.ts')).change));
  pin
    .command('verify')
    .description('check the PIN; a wrong one costs a try')
    .option('--replugged', 'the key was removed and inserted since its last wrong PIN, whatever it says')
    .action(wrap(async () => (await import('../commands/pin.ts')).verify));
  pin
    .command('min-length')
    .argument('<n>', 'characters', characters)
    .description('set the shortest PIN the key takes; only a reset lowers it again')
    .option('--rp-id <id...>', 'sites that may learn it; replaces the list on the key')
    .action(wrap(async () => (await import('../commands/pin-rules.ts')).minLength));
  pin
    .command('force-change')
    .description('make the user choose another PIN before the key is used again')
    .action(wrap(async () => (await import('../commands/pin-rules.ts')).forceChange));
}

function virtualCommands(program: Command, wrap: Wrap): void {
  const virtual = commandGroup(program, 'virtual', 'software keys, for practice and for tests');
  virtual
    .command('create')
    .argument('<name>')
    .description('make a software key; use it with --key virtual:NAME')
    .option('--model <model>', 'which key it stands for, see "virtual models"')
    .addOption(
      new Option('--hand <hand>', 'simulated person: auto touches and replugs when asked, none never does')
        .choices(['auto', 'none'])
        .default('auto'),
    )
    .option('--demo', 'with sample passkeys, fingerprints and blobs, and the PIN 12345678')
    .action(wrap(async () => (await import('../commands/virtual.ts')).create));
  virtual
    .command('list')
    .description('list software keys')
    .action(wrap(async () => (await import('../commands/virtual.ts')).list));
  virtual
    .command('models')
    .description('list the models a software key can stand for')
    .option('--all', 'also hostile ones, which do what no key should')
    .action(wrap(async () => (await import('../commands/virtual.ts')).models));
  virtual
    .command('delete')
    .argument('<name>')
    .description('delete a software key and everything on it')
    .action(wrap(async () => (await import('../commands/virtual.ts')).remove));
  virtual
    .command('replug')
    .argument('<name>')
    .description('take a software key out and put it back in')
    .action(wrap(async () => (await import('../commands/virtual.ts')).replug));
  virtual
    .command('serve')
    .argument('<name...>')
    .description('plug software keys into PC/SC or the kernel, for other programs')
    .option('--vpcd <host:port>', 'into the virtual reader of vsmartcard at this address (default localhost:35963)')
    .option('--uhid', 'into the Linux kernel, as USB-HID devices')
    .option('--stdin', 'obey lines on stdin: remove, insert, replug or touch, and a name')
    .action(wrap(async () => (await import('../commands/virtual.ts')).serve));
}
