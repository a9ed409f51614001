import type { Command } from 'commander';
import { commandGroup, type Wrap } from './command-group.ts';

const CREDENTIAL = 'credential ID in hex or base64url, or the beginning of it (after -- if it begins with -)';

const FIND_OWNERS = [
  '--find-owners',
  'where the key does not tell whose blobs are, ask it for each passkey, with a touch',
] as const;
const BACKUP = ['--backup <file>', 'first save what is dropped in a new file that only you may read'] as const;

/** `seckey blobs` */
export function blobCommands(program: Command, wrap: Wrap): void {
  const blobs = commandGroup(program, 'blobs', 'read and write the data that passkeys keep on a key');
  withRpId(
    blobs
      .command('list')
      .description('which passkeys keep how much data, and how much room there is')
      .option(...FIND_OWNERS),
  ).action(wrap(async () => (await import('../commands/blobs.ts')).list));
  withRpId(
    blobs
      .command('get')
      .argument('<credential>', CREDENTIAL)
      .description('write out the data of a passkey')
      .option('-o, --output <file>', 'into a file that only you may read'),
  ).action(wrap(async () => (await import('../commands/blobs.ts')).get));
  withRpId(
    blobs
      .command('set')
      .argument('<credential>', CREDENTIAL)
      .argument('<file>', 'what to store; - for stdin')
      .description('store data for a passkey, in place of what it has'),
  ).action(wrap(async () => (await import('../commands/blob-changes.ts')).set));
  withRpId(
    blobs
      .command('delete')
      .argument('<credential>', CREDENTIAL)
      .description('delete the data of a passkey; the passkey stays')
      .option(...BACKUP),
  ).action(wrap(async () => (await import('../commands/blob-changes.ts')).remove));
  withRpId(
    blobs
      .command('compact')
      .description('drop data that no passkey on the key can open any more')
      .option(...FIND_OWNERS)
      .option(...BACKUP),
  ).action(wrap(async () => (await import('../commands/blob-changes.ts')).compact));
}

/** Given once for each; not variadic, because it would swallow the credential. */
function withRpId(command: Command): Command {
  return command.option(
    '--rp-id <id>',
    'whole ID of a site of which the key keeps only a part; may be repeated',
    (id: string, before: readonly string[] = []) => [...before, id],
  );
}
