import { commandGroup, type Program, type RunCommand } from './command-group.ts';

/** `seckey fingerprints` */
export function fingerprintCommands(program: Program, run: RunCommand): void {
  const fingerprints = commandGroup(program, 'fingerprints', 'enrol, name and delete fingerprints').alias('fp');
  fingerprints
    .command('list')
    .description('list the enrolled fingerprints')
    .action(run(async () => (await import('../commands/fingerprints.ts')).list));
  fingerprints
    .command('add')
    .description('enrol a finger')
    .option('--name <name>', 'what to call it')
    .action(run(async () => (await import('../commands/fingerprints.ts')).add));
  fingerprints
    .command('rename')
    .argument('<id>', 'as the list shows it, or its beginning')
    .argument('<name>')
    .description('give a fingerprint another name')
    .action(run(async () => (await import('../commands/fingerprints.ts')).rename));
  fingerprints
    .command('delete')
    .argument('<id>', 'as the list shows it, or its beginning')
    .description('delete a fingerprint')
    .action(run(async () => (await import('../commands/fingerprints.ts')).remove));
  fingerprints
    .command('sensor')
    .description('show what the fingerprint sensor says of itself')
    .action(run(async () => (await import('../commands/fingerprints.ts')).sensor));
}
