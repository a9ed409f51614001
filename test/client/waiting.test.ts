import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { withTimeLimit } from '../../src/client/waiting.ts';

test('a time limit is kept, whatever garbage is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { signal, end } = withTimeLimit(new AbortController().signal, 200);
  for (let n = 0; n < 40 && !signal.aborted; n++) {
    await pause(50);
    collect();
  }
  expect(signal.aborted).toBe(true);
  end();
});

test('whoever interrupts does not wait for it, and nothing is left behind', () => {
  const person = new AbortController();
  const before = withTimeLimit(person.signal, 60_000);
  person.abort();
  expect(before.signal.aborted).toBe(true);
  before.end();
  const after = withTimeLimit(person.signal, 60_000);
  expect(after.signal.aborted).toBe(true);
  after.end();
});
