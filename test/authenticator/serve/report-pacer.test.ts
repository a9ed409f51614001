import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReportPacer } from '../../../src/authenticator/serve/report-pacer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const report = (n: number) => Uint8Array.of(n);

test('a burst goes out at once, the rest one every four milliseconds, in order', () => {
  const sent: number[] = [];
  const pacer = new ReportPacer(([n = -1]) => sent.push(n));
  for (let n = 0; n < 129; n++) pacer.send(report(n));
  expect(sent).toHaveLength(32);
  vi.advanceTimersByTime(80);
  expect(sent.length).toBeGreaterThan(48);
  expect(sent.length).toBeLessThanOrEqual(52);
  vi.advanceTimersByTime(400);
  expect(sent).toEqual(Array.from({ length: 129 }, (_, n) => n));
});

test('after closing nothing more goes out', () => {
  const sent: Uint8Array[] = [];
  const pacer = new ReportPacer((bytes) => sent.push(bytes));
  for (let n = 0; n < 50; n++) pacer.send(report(n));
  pacer.close();
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(32);
});
