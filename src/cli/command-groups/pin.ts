import { Option } from '../commander.ts';
import { failure } from '../failure.ts';
import { NO_LENGTH } from '../messages/usage.ts';
import { commandGroup, type Program, type RunCommand } from './command-group.ts';

const GENERATE = new Option('--generate', 'draw a random PIN and print it once, before the key gets it');
const NEW_PIN_OUT = new Option('--new-pin-out <file>', 'with --generate: write it to this new file instead');

/** `seckey pin` */
export function pinCommands(program: Program, run: RunCommand): void {
  const pin = commandGroup(program, 'pin', 'set, change, check the PIN');
  pin
    .command('status')
    .description('whether a PIN is set, tries left, rules')
    .action(run(async () => (await import('../commands/pin.ts')).status));
  pin
    .command('set')
    .description('give a key its first PIN')
    .addOption(GENERATE)
    .addOption(NEW_PIN_OUT)
    .action(run(async () => (await import('../commands/pin.ts')).set));
  pin
    .command('change')
    .description('replace the PIN by another one')
    .addOption(GENERATE)
    .addOption(NEW_PIN_OUT)
    .action(run(async () => (await import('../commands/pin.ts')).change));
  pin
    .command('verify')
    .description('check the PIN; a wrong one costs a try')
    .option('--replugged', 'the key was removed and inserted since its last wrong PIN, whatever it says')
    .action(run(async () => (await import('../commands/pin.ts')).verify));
  pin
    .command('min-length')
    .argument('<n>', 'characters', characters)
    .description('set the shortest PIN the key takes; only a reset lowers it again')
    .option('--rp-id <id...>', 'sites that may learn it; replaces the list on the key')
    .action(run(async () => (await import('../commands/pin-rules.ts')).minLength));
  pin
    .command('force-change')
    .description('make the user choose another PIN before the key is used again')
    .action(run(async () => (await import('../commands/pin-rules.ts')).forceChange));
}

function characters(value: string): string {
  // Commander would repeat the value, and that may be a PIN.
  if (!/^[1-9]\d{0,2}$/.test(value)) throw failure('usage', NO_LENGTH);
  return value;
}
