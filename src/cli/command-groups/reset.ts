import { InvalidArgumentError } from '../commander.ts';
import type { Program, RunCommand } from './command-group.ts';

const RESET_EACH = `
With --each:
  Keys that are present are taken first, then those that are inserted; one that
  stays in is not taken again. --key virtual:a,virtual:b takes these software keys.
  With --count it ends with exit code 8 if none comes for --timeout seconds.
  The journal gets {time, batch, user, host, version, id, serial, model, result,
  message} as soon as a key is done; result is "reset" or an error code. --json
  prints the same lines.
  Exit code: 0 if every key was reset, else that of the last failure.`;

/** `seckey reset` */
export function resetCommand(program: Program, run: RunCommand): void {
  program
    .command('reset')
    .description('erase everything on a key (factory reset)')
    .option('--confirm <name>', "the key's serial number, id or virtual name, where nobody can be asked")
    .option('--each', 'key after key, until Ctrl-C; --yes asks for no names')
    .option('--journal <file>', 'with --each: add a JSON line for each key')
    .option('--count <n>', 'with --each: end after this many keys, failed ones included', count)
    .addHelpText('after', RESET_EACH)
    .action(run(async () => (await import('../commands/reset.ts')).reset));
}

function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a number of keys.');
  return Number(value);
}
