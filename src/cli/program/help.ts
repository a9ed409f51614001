/** The look of --help. */
import { type CommandUnknownOpts, Help } from '../commander.ts';

const START = `Start with:
  seckey                           menus for all of it
  seckey list                      which keys are there
  seckey info                      what a key is and can do
  seckey pin set                   give it a PIN
  seckey doctor                    why a key is not seen
  seckey virtual create demo       a software key to practise on:
  seckey -k virtual:demo pin set   use it like any other key`;

/** commander's help, with what can be done before how: a terminal shows the end of what does not fit, people read the start. */
export function formatHelp(command: CommandUnknownOpts, help: Help): string {
  const sections = Help.prototype.formatHelp.call(help, command, help).trimEnd().split('\n\n');
  const options = sections.filter((section) => section.startsWith('Options:'));
  const others = sections.filter((section) => !section.startsWith('Options:'));
  const isRoot = command.parent === null;
  const hint = isRoot ? [] : ['Options of every command: seckey --help'];
  return `${[...others, ...options, ...(isRoot ? [START] : hint)].join('\n\n')}\n`;
}
