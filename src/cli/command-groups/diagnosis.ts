import { commandGroup, type Program, type RunCommand } from './command-group.ts';

/** `seckey trace` and `doctor`: what was said to a key, and why one is not seen. */
export function diagnosisCommands(program: Program, run: RunCommand): void {
  const trace = commandGroup(program, 'trace', 'what --trace has recorded');
  trace
    .command('show')
    .argument('<file>')
    .description('the exchanges with a key, in readable words')
    .action(run(async () => (await import('../commands/trace.ts')).show));
  program
    .command('doctor')
    .description('find out why a key is not seen, and how to fix it')
    .option('--print-udev-rules', 'print a udev rules file for Linux, and nothing else')
    .action(run(async () => (await import('../commands/doctor.ts')).doctor));
}
