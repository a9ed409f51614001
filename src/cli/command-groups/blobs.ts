import { Option } from '../commander.ts';
import { commandGroup, type Program, type RunCommand } from './command-group.ts';

const CREDENTIAL = 'credential ID in hex or base64url, or the beginning of it (after -- if it begins with -)';

const FIND_OWNERS = new Option(
  '--find-owners',
  'where the key does not tell whose blobs are, ask it for each passkey, with a touch',
);
const BACKUP = new Option('--backup <file>', 'first save what is dropped in a new file that only you may read');
/** Given once for each; not variadic, because it would swallow the credential. */
const RP_ID = new Option(
  '--rp-id <id>',
  'whole ID of a site of which the key keeps only a part; may be repeated',
).argParser((id, before: readonly string[] = []) => [...before, id]);

/** `seckey blobs` */
export function blobCommands(program: Program, run: RunCommand): void {
  const blobs = commandGroup(program, 'blobs', 'read and write the data that credentials keep on a key');
  blobs
    .command('list')
    .description('which credentials keep how much data, and how much room there is')
    .addOption(FIND_OWNERS)
    .addOption(RP_ID)
    .action(run(async () => (await import('../commands/blobs.ts')).list));
  blobs
    .command('get')
    .argument('<credential>', CREDENTIAL)
    .description('write out the data of a credential')
    .option('-o, --output <file>', 'into a file that only you may read')
    .addOption(RP_ID)
    .action(run(async () => (await import('../commands/blobs.ts')).get));
  blobs
    .command('set')
    .argument('<credential>', CREDENTIAL)
    .argument('<file>', 'what to store; - for stdin')
    .description('store data for a credential, in place of what it has')
    .addOption(RP_ID)
    .action(run(async () => (await import('../commands/blob-changes.ts')).set));
  blobs
    .command('delete')
    .argument('<credential>', CREDENTIAL)
    .description('delete the data of a credential; the credential stays')
    .addOption(BACKUP)
    .addOption(RP_ID)
    .action(run(async () => (await import('../commands/blob-changes.ts')).remove));
  blobs
    .command('compact')
    .description('drop data that no credential on the key can open any more')
    .addOption(FIND_OWNERS)
    .addOption(BACKUP)
    .addOption(RP_ID)
    .action(run(async () => (await import('../commands/blob-changes.ts')).compact));
}
