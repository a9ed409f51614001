/** Knows the lines of a trace again, wherever they were kept. */
import type { TraceLine } from './events.ts';

/**
 * One line of a trace file, which is a JSON document.
 * @returns undefined for what is no line of a trace, e.g. one that was not written to its end
 */
export function parseTraceLine(text: string): TraceLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isTraceLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` has what every line of a trace has. An event of a later version counts: its members are as they are. */
export function isTraceLine(value: unknown): value is TraceLine {
  if (typeof value !== 'object' || value === null) return false;
  const { time, event, transport, command, subCommand, status, error, durationMs, keepalives } = value as Record<
    string,
    unknown
  >;
  if (event !== undefined) return typeof event === 'string' && typeof time === 'string';
  return (
    [time, transport, command].every((member) => typeof member === 'string') &&
    [subCommand, status].every((member) => member === undefined || typeof member === 'string') &&
    typeof durationMs === 'number' &&
    (error === undefined || (typeof error === 'object' && error !== null && 'code' in error && 'message' in error)) &&
    (keepalives === undefined || (Array.isArray(keepalives) && keepalives.every(Number.isInteger)))
  );
}
