import type { Context } from '../context.ts';
import { readTraceFile } from '../files/trace-file.ts';
import { CUT_OFF, noExchanges, traceLines } from '../messages/trace.ts';

/** `seckey trace show` */
export async function show({ out }: Context, path: string): Promise<void> {
  const { records, isCutOff } = readTraceFile(path);
  out.document({ records });
  for (const record of records) for (const line of traceLines(record)) out.data(line);
  if (records.length === 0) out.say(noExchanges(path));
  if (isCutOff) out.say(CUT_OFF);
}
