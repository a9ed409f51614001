/** What the library says of a failure, and what the command line makes of it. */
import { describe, expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { ENDINGS, ownHint } from '../../../src/cli/messages/situations.ts';
import { FidoError, PinExchangeError, type PlainSituation, type Situation } from '../../../src/errors.ts';

const said = (situation: Situation, hint?: string) =>
  errorDocument(new FidoError('refused', 'something that failed', { hint, situation })).hint;

describe('each situation makes whole sentences of a hint', () => {
  test.each(Object.keys(ENDINGS) as PlainSituation[])('%s', (id) => {
    const words = said({ id }, 'Do this first. Then look.');
    expect(words).toMatch(/^[A-Z].*(\.|: seckey [^:]*|: seckey blobs set CREDENTIAL FILE|--rp-id [a-z.]+)$/);
    expect(words).toMatch(/seckey [a-z]|--[a-z]/);
    expect(words.replace('e.g. ', '')).not.toMatch(/\.\.|: \.| {2}|\. [a-z](?!eckey)/);
  });
});

test.each<[Situation, string | undefined, string]>([
  [{ id: 'pin-tries-unknown' }, 'Look how many are left.', 'Look how many are left: seckey pin status'],
  [{ id: 'erasure-told-by-pin' }, 'Look. If it has one, go on.', 'Look: seckey pin status. If it has one, go on.'],
  [{ id: 'time-ran-out' }, 'Run it again.', 'Run it again. --timeout SECONDS gives you longer.'],
  [{ id: 'rp-id-empty' }, 'Name a site.', 'Name a site, e.g. --rp-id login.microsoft.com'],
  [{ id: 'reset-done' }, 'It has no PIN any more.', 'Next: seckey pin set'],
  [{ id: 'interface-missing', present: 'nfc' }, 'It has NFC.', 'Leave out --transport, or use --transport nfc.'],
  [
    { id: 'software-key-damaged', name: 'a' },
    'Restore it, or give it up.',
    'Restore it, or give it up with `seckey virtual delete a`.',
  ],
])('%j', (situation, hint, words) => expect(said(situation, hint)).toBe(words));

test('of transports that could not be looked at, what to do about each is said in the same words', () => {
  const failures = [
    new FidoError('transport-failed', 'the reader failed', {
      hint: 'Replug it.',
      situation: { id: 'transport-trouble' },
    }),
    new FidoError('usb-unavailable', 'USB is missing'),
  ];
  expect(said({ id: 'no-key-found', failures })).toBe(
    'Plug one in, or put it on a reader. Not everything could be looked at: ' +
      'the reader failed (Replug it. If that does not help: seckey doctor) USB is missing',
  );
  expect(said({ id: 'no-key-found', failures: [] })).toBe('Plug one in, or put it on a reader.');
});

test('a situation that needs a hint and has none leaves the word to the code', () => {
  expect(ownHint({ situation: { id: 'blobs-uncertain' } })).toBeUndefined();
  expect(ownHint({})).toBeUndefined();
});

test('what explains a failure passes its advice on', () => {
  const cause = new FidoError('no-answer', 'lost');
  const advice = { hint: 'Look.', situation: { id: 'pin-not-shown' } } as const;
  expect(errorDocument(new PinExchangeError(cause, 'lost; a try was spent', 7, advice))).toMatchObject({
    code: 'no-answer',
    hint: 'Look: seckey pin status',
    retries: 7,
  });
});
