import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inTime } from '../../../src/cli/program/in-time.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a command that goes on after Ctrl-C is left within a second, and it is said that nobody knows', async () => {
  const interrupt = new AbortController();
  const failure = inTime(new Promise(() => {}), interrupt.signal).catch((error) => error);
  await vi.advanceTimersByTimeAsync(3_600_000);
  interrupt.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await Promise.race([failure, 'still waiting'])).toMatchObject({ code: 'interrupted', answerLost: true });
});

test('one that ends by itself has its own word', async () => {
  const interrupt = new AbortController();
  const work = inTime(new Promise((resolve) => setTimeout(resolve, 500, 'done')), interrupt.signal);
  interrupt.abort();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await work).toBe('done');
  await expect(inTime(Promise.reject(new Error('own')), interrupt.signal)).rejects.toThrow('own');
  expect(vi.getTimerCount()).toBe(0);
});
