import { Option } from '../commander.ts';
import { commandGroup, type Program, type RunCommand } from './command-group.ts';

const HAND = new Option('--hand <hand>', 'simulated person: auto touches and replugs when asked, none never does')
  .choices(['auto', 'none'])
  .default('auto');

/** `seckey virtual` */
export function virtualCommands(program: Program, run: RunCommand): void {
  const virtual = commandGroup(program, 'virtual', 'software keys, for practice and for tests');
  virtual
    .command('create')
    .argument('<name>')
    .description('make a software key; use it with --key virtual:NAME')
    .option('--model <model>', 'which key it stands for, see "virtual models"')
    .addOption(HAND)
    .option('--demo', 'with sample credentials, fingerprints and blobs, and the PIN 12345678')
    .action(run(async () => (await import('../commands/virtual.ts')).create));
  virtual
    .command('list')
    .description('list software keys')
    .action(run(async () => (await import('../commands/virtual.ts')).list));
  virtual
    .command('models')
    .description('list the models a software key can stand for')
    .option('--all', 'also hostile ones, which do what no key should')
    .action(run(async () => (await import('../commands/virtual.ts')).models));
  virtual
    .command('delete')
    .argument('<name>')
    .description('delete a software key and everything on it')
    .action(run(async () => (await import('../commands/virtual.ts')).remove));
  virtual
    .command('replug')
    .argument('<name>')
    .description('take a software key out and put it back in')
    .action(run(async () => (await import('../commands/virtual.ts')).replug));
  virtual
    .command('serve')
    .argument('<name...>')
    .description('plug software keys into PC/SC or the kernel, for other programs')
    .option('--vpcd <host:port>', 'into the virtual reader of vsmartcard at this address (default localhost:35963)')
    .option('--uhid', 'into the Linux kernel, as USB-HID devices')
    .option('--stdin', 'obey lines on stdin: remove, insert, replug or touch, and a name')
    .action(run(async () => (await import('../commands/virtual.ts')).serve));
}
