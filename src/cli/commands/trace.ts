import type { Context } from '../context.ts';
import { escaped } from '../escape.ts';
import { readTraceFile } from '../trace-file.ts';
import { traceLines } from '../trace-text.ts';

/** `seckey trace show` */
export async function show({ out }: Context, [path = '']: readonly string[]): Promise<void> {
  const { records, isCutOff } = readTraceFile(path);
  out.document({ records });
  for (const record of records) for (const line of traceLines(record)) out.data(line);
  if (records.length === 0) out.say(`${escaped(path)} holds no exchanges.`);
  if (isCutOff) out.say('The last line is cut off, and left out: whatever wrote the trace was stopped in the middle.');
}
