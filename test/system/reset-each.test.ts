/** A drawer full of keys in one run of seckey reset --each, on readers of a real pcscd. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { drawer, type Fate, resetAll } from './support/reset-batch-plan.ts';
import { requireBuild, SECKEY } from './support/seckey.ts';

/** `npm run bench reset-each` does 200. */
const COUNT = 40;
const READERS = 16;
const MINUTES = 60_000;

const RESULT: Record<Fate, { result: string; exit: number }> = {
  done: { result: 'reset', exit: 0 },
  'too late': { result: 'reset-too-late', exit: 9 },
  'no touch': { result: 'touch-timeout', exit: 8 },
  'removed early': { result: 'key-removed', exit: 4 },
  refused: { result: 'unsupported', exit: 5 },
};

let pcscd: Pcscd;
let batch: Awaited<ReturnType<typeof resetAll>>;
const keys = drawer(COUNT);
const fate = (index: number) => keys[index]?.fate as Fate;

beforeAll(async () => {
  requireBuild();
  pcscd = await Pcscd.start(READERS);
  batch = await resetAll(pcscd, SECKEY, keys, new URL('programs/', import.meta.url));
}, 10 * MINUTES);
afterAll(() => pcscd?.stop());

test('every key has exactly one turn, in the order of the readers', () => {
  expect(batch.turns).toEqual(keys.map((_, i) => 1_000_000 + i));
});

test('the journal has a line for each, in their order, with what became of it', () => {
  const lines = batch.journal.trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line));
  const results = records.map(({ result, message }, i) => [
    i,
    result,
    result === RESULT[fate(i)].result ? '' : message,
  ]);
  expect(results).toEqual(keys.map(({ fate }, i) => [i, RESULT[fate].result, '']));
  for (const [i, { serial, message }] of records.entries()) {
    if (serial !== undefined) expect(serial).toBe(`${batch.turns[i]}`);
    expect(message === undefined).toBe(records[i].result === 'reset');
  }
  expect(records.filter(({ serial }) => serial !== undefined)).toHaveLength(
    keys.filter(({ model }) => model.startsWith('yubikey')).length,
  );
  expect(batch.stdout.trimEnd().split('\n')).toEqual(lines);
});

test('the exit code is that of the last failure, and the last words count them', () => {
  const failures = keys.map(({ fate }) => RESULT[fate].exit).filter((exit) => exit !== 0);
  expect(batch.code).toBe(failures.at(-1));
  expect(batch.stderr).toContain(`${COUNT - failures.length} keys reset, ${failures.length} not.`);
});

test('its memory does not grow with the number of keys', () => {
  const third = Math.floor(batch.heap.length / 3);
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
  expect(third).toBeGreaterThan(2);
  expect(median(batch.heap.slice(-third))).toBeLessThan(1.5 * median(batch.heap.slice(0, third)));
});
