/** A recording: the trace of one command, whole from its first line to its last. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TraceEnd, TraceKeys, TraceLine, TraceStart } from '../../src/trace/events.ts';
import type { TraceRecord } from '../../src/trace/trace.ts';

export interface Recording {
  /** Of its file. */
  name: string;
  start: TraceStart;
  end: TraceEnd;
  /** What lies between; the first of them is line 2 of the file. */
  lines: TraceLine[];
}

/** @throws {Error} for a trace without its first or last line: it does not say what was run, or how it ended */
export function readRecording(file: string): Recording {
  const name = path.basename(file);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as TraceLine);
  const [start, end] = [lines.shift(), lines.pop()];
  if (!start || !('event' in start) || start.event !== 'start') {
    throw new Error(`${name} does not begin with the command that was run: its seckey was too old to write that`);
  }
  if (!end || !('event' in end) || end.event !== 'end') {
    throw new Error(`${name} does not say how the command ended: seckey was killed, or the file is cut off`);
  }
  return { name, start, end, lines };
}

export function isExchange(line: TraceLine | undefined): line is TraceRecord {
  return line !== undefined && !('event' in line);
}

export function isListing(line: TraceLine | undefined): line is TraceKeys {
  return line !== undefined && 'event' in line && line.event === 'keys';
}
