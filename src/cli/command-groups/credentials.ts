import { Option } from '../commander.ts';
import { commandGroup, type Program, type RunCommand } from './command-group.ts';

const ID = 'credential ID in hex or base64url, or the beginning of it (after -- if it begins with -)';

/** `seckey credentials` */
export function credentialCommands(program: Program, run: RunCommand): void {
  const credentials = commandGroup(program, 'credentials', 'list, delete, rename the passkeys on a key').alias('creds');
  credentials
    .command('list')
    .description('the passkeys on a key, by site, and how many more it has room for')
    .option('--rp <id>', 'only those of this site, e.g. login.microsoft.com')
    .action(run(async () => (await import('../commands/credentials.ts')).list));
  credentials
    .command('show')
    .argument('<id>', ID)
    .description('everything the key tells of one passkey')
    .action(run(async () => (await import('../commands/credentials.ts')).show));
  credentials
    .command('delete')
    .argument('<id...>', ID)
    .description('delete passkeys for good')
    .action(run(async () => (await import('../commands/credential-changes.ts')).remove));
  credentials
    .command('update-user')
    .argument('<id>', ID)
    .description('change the names that a passkey shows for its user; what is not given stays')
    .option('--name <name>', 'account name, e.g. bala@contoso.com; "" removes it')
    .option('--display-name <name>', 'name of the person; "" removes it')
    .action(run(async () => (await import('../commands/credential-changes.ts')).updateUser));
  credentials
    .command('export')
    .description('the list for a file or a spreadsheet; it holds no secrets')
    .addOption(new Option('--format <format>', 'what to write (default: json)').choices(['json', 'csv']))
    .action(run(async () => (await import('../commands/credentials.ts')).exportList));
}
