import { expect, test } from 'vitest';
import { PinMemory } from '../../../src/cli/terminal/pin-memory.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';

const PIN = '24681357';
const known = (memory: PinMemory, retries: number | undefined = 8) => {
  const pin = memory.recall(retries);
  return pin && new TextDecoder().decode(pin);
};

function remembering(retries: number | undefined = 8): PinMemory {
  const memory = new PinMemory();
  memory.offer(utf8(PIN), retries);
  memory.settle('done');
  return memory;
}

test('a PIN is known once the work it was typed for went well, and not before', () => {
  const memory = new PinMemory();
  memory.offer(utf8(PIN), 8);
  expect(known(memory)).toBeUndefined();
  memory.settle('done');
  expect(known(memory)).toBe(PIN);
});

test.each(['failed', 'stopped'] as const)('a PIN whose work has %s is not known', (end) => {
  const memory = new PinMemory();
  memory.offer(utf8(PIN), 8);
  memory.settle(end);
  memory.settle('done');
  expect(known(memory)).toBeUndefined();
});

test('a failure forgets it, somebody who declines does not', () => {
  const memory = remembering();
  memory.settle('stopped');
  expect(known(memory)).toBe(PIN);
  memory.settle('failed');
  expect(known(memory)).toBeUndefined();
});

test('with fewer tries left than then it is for the person to say, also afterwards', () => {
  const memory = remembering();
  expect(known(memory, 7)).toBeUndefined();
  expect(known(memory, 8)).toBeUndefined();
});

test('a PIN that was typed with few tries left is used when the key has all of them again', () => {
  expect(known(remembering(3), 8)).toBe(PIN);
});

test('what is answered is a copy: whoever asked wipes it', () => {
  const memory = remembering();
  memory.recall(8)?.fill(0);
  expect(known(memory)).toBe(PIN);
});

test('what was typed is kept as a copy, and forgetting leaves nothing', () => {
  const memory = new PinMemory();
  const typed = utf8(PIN);
  memory.offer(typed, undefined);
  typed.fill(0);
  memory.settle('done');
  expect(known(memory, undefined)).toBe(PIN);
  memory.forget();
  expect(known(memory, undefined)).toBeUndefined();
});
