import type { Program, RunCommand } from './command-group.ts';

/** `seckey list`, `info` and `identify`: which keys are there, and what each of them is. */
export function keyCommands(program: Program, run: RunCommand): void {
  program
    .command('list')
    .description('list all keys, on USB and on readers')
    .option('--watch', 'go on, and report keys that come and go')
    .option('--virtual', 'software keys too')
    .action(run(async () => (await import('../commands/list.ts')).list));
  program
    .command('info')
    .description('show everything a key says of itself')
    .option('--raw', 'also the answer in CBOR, as hex')
    .action(run(async () => (await import('../commands/info.ts')).info));
  program
    .command('identify')
    .description('make a key blink, or find out which one is touched')
    .option('--touch', 'wait for a touch, and tell which key it was')
    .action(run(async () => (await import('../commands/identify.ts')).identify));
}
