/** The options of every command. */
import { type Command, InvalidArgumentError, Option } from './commander.ts';

const TRANSPORT = new Option('-t, --transport <transport>', 'only keys on USB, or only on readers').choices([
  'usb',
  'nfc',
]);

/** `program`, with these options declared. */
export function withGlobalOptions(program: Command<[], Record<never, never>, Record<never, never>>) {
  return program
    .option('-k, --key <selector>', 'which key: id, serial, AAGUID, reader, virtual:NAME')
    .addOption(TRANSPORT)
    .option('--json', 'print one JSON document')
    .option('--no-input', 'never ask; what is missing is an error')
    .option('-y, --yes', 'answer yes; skips no replug, touch or check')
    .option('--pin-file <path>', 'PIN: first line of a file, - for stdin')
    .option('--new-pin-file <path>', 'new PIN, likewise')
    .option('--timeout <seconds>', 'how long to wait for a person', seconds, 60)
    .option('--trace <file>', 'record the exchanges, without secrets')
    .option('-q, --quiet', 'say only what must be said')
    .option('-v, --verbose', 'say each exchange with the key')
    .option('--no-color', 'no colours');
}

/** What was given of them, `timeout` in seconds; `input` and `color` are false with --no-input and --no-color. */
export type GlobalOptions = ReturnType<ReturnType<typeof withGlobalOptions>['opts']>;

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= 86_400)) throw new InvalidArgumentError('It must be a number of seconds, 1 to 86400.');
  return number;
}
