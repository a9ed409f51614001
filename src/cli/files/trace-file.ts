/** Reads what --trace has written, also where the program that wrote it was killed in the middle of a line. */
import { parseTraceLine, type TraceLine } from '../../trace/index.ts';
import { failure } from '../failure.ts';
import { cannotReadTrace, noRecord, traceTooLarge } from '../messages/trace.ts';
import { readWithin } from './read-within.ts';

/** Far more than a day's work with keys. */
const MAX_LENGTH = 64 * 1024 * 1024;

export interface TraceFile {
  records: TraceLine[];
  /** The last line is not whole. */
  isCutOff: boolean;
}

/** @throws {FidoError} `invalid-input`, with the number of the line that is no trace record */
export function readTraceFile(path: string): TraceFile {
  const lines = textOf(path).split('\n');
  // A whole file ends with a line break, so what follows the last one was never finished.
  const rest = lines.pop() ?? '';
  const records = lines.flatMap((line, index) => (line.trim() === '' ? [] : [recordOf(line, path, index + 1)]));
  if (rest.trim() === '') return { records, isCutOff: false };
  // With nothing before it, half a line may be any file: then it must at least begin like a record.
  if (records.length === 0 && !rest.startsWith('{"time":')) recordOf(rest, path, 1);
  const last = parseTraceLine(rest);
  return last ? { records: [...records, last], isCutOff: false } : { records, isCutOff: true };
}

function textOf(path: string): string {
  let content: Uint8Array | undefined;
  try {
    content = readWithin(path, MAX_LENGTH);
  } catch (error) {
    throw failure('invalid-input', cannotReadTrace(path, error));
  }
  if (content === undefined) throw failure('invalid-input', traceTooLarge(path, MAX_LENGTH));
  return new TextDecoder().decode(content);
}

function recordOf(line: string, path: string, number: number): TraceLine {
  const record = parseTraceLine(line);
  if (record) return record;
  throw failure('invalid-input', noRecord(path, number));
}
