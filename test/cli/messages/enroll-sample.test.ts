import { expect, test } from 'vitest';
import { enrollSampleWords } from '../../../src/cli/messages/enroll-sample.ts';
import { ENROLL_SAMPLE_STATUS } from '../../../src/ctap2/commands/bio-enrollment.ts';
import type { EnrollSampleNotice } from '../../../src/index.ts';

const statuses = [...Object.keys(ENROLL_SAMPLE_STATUS), 'unknown'] as NonNullable<EnrollSampleNotice['status']>[];

test.each(statuses)('%s fits a line of 80 columns, and says which sample comes next', (status) => {
  const words = enrollSampleWords({ status, remaining: 11, total: 12 });
  expect(words.length).toBeLessThan(80);
  expect(words).toContain('Sample 2 of 12');
});

test('each status in its own words', () => {
  expect(new Set(statuses.map((status) => enrollSampleWords({ status, remaining: 1, total: 2 }))).size).toBe(16);
});

test('the first and the last', () => {
  expect(enrollSampleWords({ remaining: 5, total: 5 })).toBe(
    "Sample 1 of 5: put the finger on the key's sensor now, then lift it.",
  );
  expect(enrollSampleWords({ status: 'FP_GOOD', remaining: 0, total: 5 })).toBe('Good. That was the last sample.');
});
