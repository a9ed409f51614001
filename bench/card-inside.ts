/** Started by bench/card.ts where its pcscd is: times the programs, and prints tables as JSON. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Case, interleave, type Measured, processCase, spread } from './measure.ts';
import { NODE_ALONE, PYTHON, peer, SECKEY } from './programs.ts';
import type { Table } from './table.ts';

// Whoever started this shows the last line of what went wrong.
process.once('uncaughtException', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
});

const reader = process.argv[2] ?? '';
const YKMAN = '/usr/bin/ykman';

const cases: Case[] = [
  NODE_ALONE,
  processCase('seckey info', process.execPath, [SECKEY, 'info']),
  processCase('seckey -t nfc info', process.execPath, [SECKEY, '-t', 'nfc', 'info']),
];
const missing: string[] = [];

if (existsSync(YKMAN)) cases.push(processCase('ykman fido info', YKMAN, ['-r', reader, 'fido', 'info']));
else missing.push('ykman fido info: apt-get install yubikey-manager');

if (spawnSync(PYTHON, ['-c', 'import fido2.pcsc']).status === 0) {
  cases.push(processCase('python-fido2 script', PYTHON, [peer('info.py')]));
} else missing.push('python-fido2 script: apt-get install python3-fido2 python3-pyscard');

const time: Table = {
  title: 'getInfo over PC/SC, whole process',
  unit: 'ms',
  rows: await interleave(cases, 41),
  missing,
};
const memory: Table = {
  title: 'Peak memory',
  unit: 'MB',
  rows: [peakMemory('node -e 0', ['-e', '0']), peakMemory('seckey info', [SECKEY, 'info'])],
};
process.stdout.write(JSON.stringify([time, memory]));

/** The process reports it itself, at its end. Not by getrusage, which counts what the process was forked from. */
function peakMemory(name: string, args: readonly string[]): Measured {
  const values = Array.from({ length: 7 }, () => {
    const { output, status } = spawnSync(process.execPath, ['--require', peer('peak-memory.cjs'), ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    return Number(output[3]) / 1024;
  });
  return { name, ...spread(values) };
}
