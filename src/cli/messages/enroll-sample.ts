/** What to do with the finger now, in plain words (lastEnrollSampleStatus, CTAP 2.3 §6.7). */
import type { EnrollSampleNotice } from '../../index.ts';

type Status = NonNullable<EnrollSampleNotice['status']>;

/** A status without words does not compile. Short enough for one line of 80 columns with what follows. */
const WORDS: Readonly<Record<Status, string>> = {
  FP_GOOD: 'Good',
  FP_TOO_HIGH: 'Too high, move it down a little',
  FP_TOO_LOW: 'Too low, move it up a little',
  FP_TOO_LEFT: 'Too far left, move it to the right',
  FP_TOO_RIGHT: 'Too far right, move it to the left',
  FP_TOO_FAST: 'Too fast, hold it a little longer',
  FP_TOO_SLOW: 'Too slow, lift it a little sooner',
  FP_POOR_QUALITY: 'Not clear, use a clean, dry finger',
  FP_TOO_SKEWED: 'Too skewed, lay it straight',
  FP_TOO_SHORT: 'Too little of it, lay it on flat',
  FP_MERGE_FAILURE: 'It does not fit, use the same finger',
  FP_EXISTS: 'Enrolled already, use another finger',
  FP_DATABASE_FULL: 'The key has no room for it',
  NO_USER_ACTIVITY: 'No finger came',
  NO_USER_PRESENCE_TRANSITION: 'Not lifted in between, lift it',
  unknown: 'That did not work',
};

/** One line, e.g. `Too fast, hold it a little longer. Sample 2 of 5: touch the sensor.` */
export function enrollSampleWords({ status, remaining, total }: EnrollSampleNotice): string {
  if (remaining === 0) return 'Good. That was the last sample.';
  const number = `Sample ${total - remaining + 1} of ${total}`;
  if (status === undefined) return `${number}: put the finger on the key's sensor now, then lift it.`;
  const todo = status === 'FP_GOOD' ? 'lift it, then touch the sensor again' : 'touch the sensor again';
  return `${WORDS[status]}. ${number}: ${todo}.`;
}
