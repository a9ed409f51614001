/** A trace for people: one line per exchange, its members below. All of it may come from a key, so all of it is escaped. */
import type { TraceLine, TraceRecord } from '../index.ts';
import { escaped } from './escape.ts';
import { eventLines } from './trace-event-text.ts';
import { body } from './trace-value-text.ts';

const KEEPALIVE_WORDS: Readonly<Record<number, string>> = { 1: 'working', 2: 'wants a touch' };

/** Command and subcommand. */
export function traceTitle({ command, subCommand }: Pick<TraceRecord, 'command' | 'subCommand'>): string {
  return escaped(subCommand === undefined ? command : `${command} ${subCommand}`);
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
