/** What the command line costs before it does anything: against Node doing nothing. */
import { interleave, processCase } from './measure.ts';
import { NODE_ALONE, SECKEY } from './programs.ts';
import type { Table } from './table.ts';

export async function startUp(): Promise<Table> {
  const rows = await interleave(
    [
      NODE_ALONE,
      processCase('seckey --version', process.execPath, [SECKEY, '--version']),
      processCase('seckey --help', process.execPath, [SECKEY, '--help']),
    ],
    41,
  );
  return { title: 'Start-up, whole process', unit: 'ms', rows };
}
