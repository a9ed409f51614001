/** What a trace says besides exchanges, for people: the command, the keys that were there, the end. At most 80 columns. */
import type { TraceEvent, TraceValue } from '../../trace/index.ts';
import { escaped } from '../terminal/escape.ts';
import { wrapped } from '../terminal/text.ts';
import { valueText } from './trace-values.ts';

const WIDTH = 80;
const INDENT = '    ';

type Members = Readonly<Record<string, TraceValue | undefined>>;

/** Never throws, whatever the members are: the file may come from anywhere, or from a later version. */
export function eventLines(event: TraceEvent): string[] {
  const { time, event: name, ...members } = event as unknown as { time: string; event: string } & Members;
  const write = Object.hasOwn(WRITERS, name) ? WRITERS[name] : undefined;
  const { title, lines } = write ? write(members) : { title: name, lines: membersText(members) };
  return [`${time} ${title}`, ...lines.flatMap(indented)].map(escaped);
}

interface Words {
  title: string;
  lines: string[];
}

const WRITERS: Readonly<Record<string, (members: Members) => Words>> = {
  start: ({ seckey, node, platform, command, arguments: given, options, interactive }) => ({
    title: `seckey ${text(seckey)}, Node ${text(node)}, ${text(platform)}`,
    lines: [
      ['seckey', ...list(command).map(text), ...list(given).map(text), ...optionWords(options)].join(' '),
      ...(interactive ? [] : ['Nobody could be asked.']),
    ],
  }),
  keys: ({ keys, failures, unchanged }) => ({
    title: `keys present: ${list(keys).length}${unchanged ? `, after ${text(unchanged)} looks without a change` : ''}`,
    lines: [...list(keys), ...list(failures)].map((each) => membersText(each).join(', ')),
  }),
  open: ({ session, key, can, error }) => ({
    title: `session ${text(session)}: ${error === undefined ? 'opened' : 'could not open'} ${text(key)}`,
    lines: [...(error === undefined ? [] : [failure(error)]), ...(can === undefined ? [] : [`can: ${text(can)}`])],
  }),
  removed: ({ session }) => ({ title: `session ${text(session)}: the key was removed`, lines: [] }),
  readSerial: ({ session, serial }) => ({
    title: `session ${text(session)}: serial number ${serial === undefined ? 'not told' : text(serial)}`,
    lines: [],
  }),
  readResetBlocked: ({ session, blocked }) => ({
    title: `session ${text(session)}: FIDO ${blocked === true ? 'cannot' : 'can'} be reset by itself`,
    lines: [],
  }),
  wink: ({ session, error }) => ({
    title: `session ${text(session)}: wink`,
    lines: error === undefined ? [] : [failure(error)],
  }),
  end: ({ exit, error }) => ({
    title: `end: exit code ${text(exit)}`,
    lines: error === undefined ? [] : [failure(error)],
  }),
};

function failure(error: TraceValue): string {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return text(error);
  const { code, message, ...rest } = error;
  return [`${text(code)}${message === undefined ? '' : `: ${text(message)}`}`, ...membersText(rest)].join(', ');
}

function optionWords(options: TraceValue | undefined): string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return [];
  return Object.entries(options).map(([name, value]) => (value === true ? name : `${name} ${text(value)}`));
}

function membersText(members: TraceValue | Members | undefined): string[] {
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return [text(members as TraceValue)];
  return Object.entries(members).map(([name, value]) => `${name}: ${text(value)}`);
}

function list(value: TraceValue | undefined): TraceValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: TraceValue | undefined): string {
  return value === undefined ? '?' : valueText(value);
}

/** An alias stays in one piece. */
function indented(line: string): string[] {
  const unbroken = line.replace(/<[^<>]*>/g, (alias) => alias.replaceAll(' ', '\u00a0'));
  return wrapped(unbroken, WIDTH - INDENT.length - 2).map(
    (part, index) => `${INDENT}${index === 0 ? '' : '  '}${part.replaceAll('\u00a0', ' ')}`,
  );
}
