import type { Command } from 'commander';
import { noun, type Wrap } from './noun.ts';

const CREDENTIAL = 'credential ID in hex or base64url, or the beginning of it (after -- if it begins with -)';

/** `seckey blobs` */
export function blobCommands(program: Command, wrap: Wrap): void {
  const blobs = noun(program, 'blobs', 'read and write the data that credentials keep on a key');
  blobs
    .command('list')
    .description('which credentials keep how much data, and how much room there is')
    .action(wrap(async () => (await import('../commands/blobs.ts')).list));
  blobs
    .command('get')
    .argument('<credential>', CREDENTIAL)
    .description('write out the data of a credential')
    .option('-o, --output <file>', 'into a file that only you may read')
    .action(wrap(async () => (await import('../commands/blobs.ts')).get));
  blobs
    .command('set')
    .argument('<credential>', CREDENTIAL)
    .argument('<file>', 'what to store; - for stdin')
    .description('store data for a credential, in place of what it has')
    .action(wrap(async () => (await import('../commands/blob-changes.ts')).set));
  blobs
    .command('delete')
    .argument('<credential>', CREDENTIAL)
    .description('delete the data of a credential; the credential stays')
    .action(wrap(async () => (await import('../commands/blob-changes.ts')).remove));
  blobs
    .command('compact')
    .description('drop data that no credential on the key can open any more')
    .action(wrap(async () => (await import('../commands/blob-changes.ts')).compact));
}
