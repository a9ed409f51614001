/**
 * reset-batch SECKEY PLAN.json: one seckey reset --each, and a hand that lays a card on each reader, does as told or as
 * the plan says, and changes all cards when the next one is asked for. Prints one JSON document.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchPlan, BatchResult, Fate } from '../support/reset-batch-plan.ts';
import { StagedKey } from '../support/staged-key.ts';

const [, , seckey = '', file = ''] = process.argv;
const { readers, keys, journal }: BatchPlan = JSON.parse(readFileSync(file, 'utf8'));
/** So long a reader has to be empty before it takes another card. */
const READER_EMPTY_MS = 1_000;

interface Card {
  key: StagedKey;
  serial: number;
  fate: Fate;
}

let dealt = 0;
/** What lies on each reader, by the reader's name. */
const lying = new Map<string, Card>();

async function deal(reader: (typeof readers)[number]): Promise<void> {
  const number = dealt++;
  const next = keys[number];
  if (!next) return;
  const serial = 1_000_000 + number;
  const key = new StagedKey({ name: '', model: next.model, places: [reader], patienceMs: 300, awayMs: 50 }, serial);
  if (next.fate === 'too late') key.late();
  await key.insert();
  lying.set(reader.name, { key, serial, fate: next.fate });
}

await Promise.all(readers.map(deal));

const args = ['reset', '--each', '--yes', '--json', '--count', `${keys.length}`, '--journal', journal];
const watched = ['--expose-gc', '--require', new URL('heap-after-gc.cjs', `file://${file}`).pathname];
const child = spawn(process.execPath, [...watched, seckey, ...args], {
  stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  env: { ...process.env, SECKEY_DEBUG: '1' },
});
const started = performance.now();
const result: BatchResult = { code: 0, stdout: '', turns: [], samples: [], heap: [], seconds: 0, stderr: '' };
child.stdout?.setEncoding('utf8').on('data', (text) => {
  result.stdout += text;
});
createInterface({ input: child.stdio[3] as NodeJS.ReadableStream }).on('line', (line) =>
  result.heap.push(Number(line)),
);

/** The card that has its turn. */
let turn: Card | undefined;
let changing: Promise<void> | undefined;
createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
  result.stderr += `${line}\n`;
  if (/^Key \d+: /.test(line)) begin(line);
  else if (turn && line.startsWith('Take ')) void turn.key.remove();
  else if (turn && line.startsWith('Put ')) void turn.key.insert();
  else if (turn && line.includes('to confirm the reset')) confirm(turn);
  else if (/^(Reset\.|Not reset:)/.test(line)) turn = undefined;
  else if (line.startsWith('Insert the next key')) changing = changeAll();
});

function begin(line: string): void {
  const found = [...lying].find(
    ([reader, { serial }]) => line.endsWith(`serial ${serial}`) || line.endsWith(idOf(reader)),
  );
  if (!found) throw new Error(`no such card: ${line}`);
  turn = found[1];
  result.turns.push(found[1].serial);
  result.samples.push(residentKb(child.pid));
}

function confirm({ key, fate }: Card): void {
  if (fate === 'removed early') void key.remove();
  else if (fate !== 'no touch') key.touch();
}

/** Nobody touches other cards while one is off its reader, so all of them are changed while seckey waits. */
async function changeAll(): Promise<void> {
  child.kill('SIGSTOP');
  await Promise.all([...lying.values()].map(({ key }) => key.stop()));
  lying.clear();
  await sleep(READER_EMPTY_MS);
  await Promise.all(readers.map(deal));
  child.kill('SIGCONT');
}

function idOf(reader: string): string {
  return readers.find(({ name }) => name === reader)?.id ?? '';
}

function residentKb(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const [code] = await once(child, 'close');
result.code = code;
result.seconds = (performance.now() - started) / 1000;
await changing;
await Promise.all([...lying.values()].map(({ key }) => key.stop()));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
