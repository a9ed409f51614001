import { Argument } from '../commander.ts';
import { commandGroup, type Program, type RunCommand } from './command-group.ts';

/** `seckey config` */
export function configCommands(program: Program, run: RunCommand): void {
  const config = commandGroup(program, 'config', 'settings that stay on a key');
  config
    .command('show')
    .description('all settings')
    .action(run(async () => (await import('../commands/config.ts')).show));
  config
    .command('always-uv')
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .description('verify the user always, also where a site does not ask for it')
    .action(run(async () => (await import('../commands/config.ts')).alwaysUv));
  config
    .command('enterprise-attestation')
    .addArgument(new Argument('<action>').choices(['enable']))
    .description('let chosen sites see which very key this is; only a reset turns it off')
    .action(run(async () => (await import('../commands/config.ts')).enterpriseAttestation));
  config
    .command('long-touch-reset')
    .addArgument(new Argument('<action>').choices(['enable']))
    .description('make a reset want a long touch; only a reset turns it off')
    .action(run(async () => (await import('../commands/config.ts')).longTouchReset));
}
