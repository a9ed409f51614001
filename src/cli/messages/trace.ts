/** A trace for people: one line per exchange, its members below. All of it may come from a key, so all of it is escaped. */
import type { TraceLine, TraceRecord } from '../../trace/index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { cannotRead, cannotWrite } from './files.ts';
import { eventLines } from './trace-events.ts';
import { body } from './trace-values.ts';

const KEEPALIVE_WORDS: Readonly<Record<number, string>> = { 1: 'working', 2: 'wants a touch' };

/** Command and subcommand. */
export function traceTitle({ command, subCommand }: Pick<TraceRecord, 'command' | 'subCommand'>): string {
  return escaped(subCommand === undefined ? command : `${command} ${subCommand}`);
}

/** One exchange, in a line of --verbose. */
export function verboseLine(record: TraceRecord): string {
  return `${traceTitle(record)}: ${record.status ?? record.error?.code}, ${record.durationMs} ms`;
}

export function traceLines(line: TraceLine): string[] {
  return 'event' in line ? eventLines(line) : exchangeLines(line);
}

function exchangeLines(record: TraceRecord): string[] {
  const { time, transport, session = 1, status, error, durationMs, keepalives, request, response } = record;
  const outcome = status ?? (error ? `${error.code}: ${error.message}` : 'no answer');
  const lines = [
    `${escaped(time)} ${escaped(transport)}${session > 1 ? ` (session ${session})` : ''}  ${traceTitle(record)}: ${escaped(outcome)}, ${durationMs} ms`,
    ...body('→', request),
  ];
  if (keepalives?.length) {
    lines.push(`    … ${keepalives.map((each) => KEEPALIVE_WORDS[each] ?? `status ${each}`).join(', ')}`);
  }
  return [...lines, ...body('←', response)];
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

export function cannotReadTrace(path: string, error: unknown): FailureText {
  return { ...cannotRead(path, error), hint: NAME_A_TRACE };
}

export function traceTooLarge(path: string, maxLength: number): FailureText {
  return { message: `${path} has more than ${maxLength} bytes`, hint: NAME_A_TRACE };
}

export function noRecord(path: string, line: number): FailureText {
  return { message: `${path}, line ${line}: this is no record of a trace`, hint: NAME_A_TRACE };
}
