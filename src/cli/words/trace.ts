/** A trace for people: one line per exchange, its members below. All of it may come from a key, so all of it is escaped. */
import type { TraceRecord, TraceValue } from '../../index.ts';
import { escaped } from '../escape.ts';
import type { Complaint } from './complaint.ts';
import { cannotRead, cannotWrite } from './files.ts';

const KEEPALIVE_WORDS: Readonly<Record<number, string>> = { 1: 'working', 2: 'wants a touch' };

/** Command and subcommand. */
export function traceTitle({ command, subCommand }: Pick<TraceRecord, 'command' | 'subCommand'>): string {
  return escaped(subCommand === undefined ? command : `${command} ${subCommand}`);
}

/** One exchange, in a line of --verbose. */
export function verboseLine(record: TraceRecord): string {
  return `${traceTitle(record)}: ${record.status ?? record.error?.code}, ${record.durationMs} ms`;
}

export function traceLines(record: TraceRecord): string[] {
  const { time, transport, status, error, durationMs, keepalives, request, response } = record;
  const outcome = status ?? (error ? `${error.code}: ${error.message}` : 'no answer');
  const lines = [
    `${escaped(time)} ${escaped(transport)}  ${traceTitle(record)}: ${escaped(outcome)}, ${durationMs} ms`,
    ...body('→', request),
  ];
  if (keepalives?.length) {
    lines.push(`    … ${keepalives.map((each) => KEEPALIVE_WORDS[each] ?? `status ${each}`).join(', ')}`);
  }
  return [...lines, ...body('←', response)];
}

function body(mark: string, value: TraceValue | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`    ${mark} ${valueText(value)}`];
  return Object.entries(value).map(([name, member]) => `    ${mark} ${memberName(name)}: ${valueText(member)}`);
}

/** Members that the specification did not have when this was made have only their number. */
function memberName(name: string): string {
  return /^\d+$/.test(name) ? `0x${Number(name).toString(16).padStart(2, '0')}` : escaped(name);
}

function valueText(value: TraceValue): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return escaped(String(value));
  const members = Object.entries(value).map(([name, member]) => `${escaped(name)}: ${valueText(member)}`);
  return `{${members.join(', ')}}`;
}

export function noExchanges(path: string): string {
  return `${escaped(path)} holds no exchanges.`;
}
export const CUT_OFF = 'The last line is cut off, and left out: whatever wrote the trace was stopped in the middle.';

/** The trace ends here, and the command goes on. */
export function traceEnds(path: string, error: unknown): string {
  return `From here on nothing is traced: ${escaped(cannotWrite(path, error, 'the trace to ').message)}.`;
}

const NAME_A_TRACE = 'Name a file that --trace has written.';

export function cannotReadTrace(path: string, error: unknown): Complaint {
  return { ...cannotRead(path, error), hint: NAME_A_TRACE };
}

export function noRecord(path: string, line: number): Complaint {
  return { message: `${path}, line ${line}: this is no record of a trace`, hint: NAME_A_TRACE };
}
