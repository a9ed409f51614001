/** What is typed in the situations that the library's failures name. */
import type { Advice, PlainSituation, Situation } from '../../errors.ts';

/** Makes a hint of the library into that of the command line. */
type Ending = (hint: string) => string;

/** The last sentence ends in `text` instead of its full stop. */
const ending =
  (text: string): Ending =>
  (hint) =>
    hint.replace(/\.$/, text);

/** The last sentence ends in a command. */
const to = (command: string): Ending => ending(`: ${command}`);

/** The first sentence of several ends in a command. */
const firstTo =
  (command: string): Ending =>
  (hint) =>
    hint.replace('. ', `: ${command}. `);

/** Another sentence follows. */
const then =
  (sentence: string): Ending =>
  (hint) =>
    `${hint} ${sentence}`;

/** The hint stands for itself. */
const instead =
  (words: string): Ending =>
  () =>
    words;

const LIST_CREDENTIALS = 'seckey credentials list';
const LIST_FINGERPRINTS = 'seckey fingerprints list';
const LIST_BLOBS = 'seckey blobs list';
const PIN_STATUS = 'seckey pin status';
const VERIFY = 'seckey pin verify';

/** A situation without words does not compile. */
export const ENDINGS = {
  'transport-unavailable': instead('Find out why: seckey doctor'),
  'transport-trouble': then('If that does not help: seckey doctor'),
  'access-refused': then('seckey doctor tells more.'),
  'card-in-use': then('To find out which: seckey doctor'),
  'smart-card-service-missing': then('How, and what else there is to do: seckey doctor'),
  'smart-card-service-silent': to('seckey doctor tells how.'),
  'time-ran-out': then('--timeout SECONDS gives you longer.'),

  'function-missing': then('What this one can do: seckey info'),
  'extension-missing': instead('What it can do: seckey info'),
  'algorithm-unsupported': then('Those it can make: seckey info'),
  'touch-not-awaited': instead('Tell keys apart by their serial number (seckey list) or by unplugging one.'),

  'request-not-understood': then('If it happens again, record it with --trace FILE and report it.'),
  'value-refused': ending('; seckey info shows what the key takes.'),
  'state-refuses': instead(`What is set up: seckey info, seckey config show. Fingerprints: ${LIST_FINGERPRINTS}`),
  'pin-wanted': ending(', e.g. with --pin-file PATH.'),

  'pin-tries-unknown': to(PIN_STATUS),
  'power-cycle-needed': then('If it says the same then: seckey pin verify --replugged'),
  'pin-rules-impossible': instead('What it says of itself: seckey info'),
  'pin-not-shown': to(PIN_STATUS),
  'pin-set-uncertain': instead(
    `Keep the new PIN, and look whether the key has one: ${PIN_STATUS}. If it has, check it: ${VERIFY}`,
  ),
  'new-pin-unchecked': to(VERIFY),
  'either-pin-valid': firstTo(VERIFY),
  'either-pin-valid-tries-unknown': instead(
    `Before the next try, look how many are left: ${PIN_STATUS}. Then check the new PIN: ${VERIFY}. If it is wrong, which costs a try, the old one is still valid.`,
  ),

  'setting-missing': to('seckey config show'),
  'setting-not-shown': ending(' with seckey config show.'),
  'pin-length-only-grows': to('seckey reset'),
  'pin-length-refused': to(PIN_STATUS),
  'rp-id-empty': ending(', e.g. --rp-id login.microsoft.com'),

  'credential-unknown': to(LIST_CREDENTIALS),
  'credential-id-unknown': to(LIST_CREDENTIALS),
  'credential-ambiguous': ending(`; ${LIST_CREDENTIALS} --json shows all of it.`),
  'credential-of-other-key': then(`What is on this one: ${LIST_CREDENTIALS}`),
  'deletion-not-shown': to(LIST_CREDENTIALS),
  'user-names-not-shown': firstTo(LIST_CREDENTIALS),
  'key-full': to(LIST_CREDENTIALS),

  'fingerprint-unknown': to(LIST_FINGERPRINTS),
  'fingerprint-ambiguous': to(LIST_FINGERPRINTS),
  'fingerprint-perhaps-unnamed': instead(`Look with ${LIST_FINGERPRINTS}; name it with seckey fingerprints rename.`),
  'fingerprint-name-not-shown': to(LIST_FINGERPRINTS),
  'fingerprint-change-not-shown': ending(` with ${LIST_FINGERPRINTS}.`),
  'enrolment-uncertain': to(LIST_FINGERPRINTS),
  'fingerprints-full': ending(`: ${LIST_FINGERPRINTS} shows them.`),

  'no-blobs': instead('To store one: seckey blobs set CREDENTIAL FILE'),
  'blob-missing': to(LIST_BLOBS),
  'blob-damaged': ending('; seckey blobs delete removes it.'),
  'blobs-uncertain': to(LIST_BLOBS),
  'blobs-full': ending(`: ${LIST_BLOBS} shows what is there, seckey blobs compact drops what nobody can open.`),
  'blob-owners-unknown': instead(
    'To find out, with a touch for each passkey, run the command again with --find-owners.',
  ),
  'too-many-blobs': then('seckey blobs delete removes the blob of one passkey.'),
  'rp-id-shortened': ending(' with --rp-id, e.g. --rp-id login.example.com'),

  'reset-done': instead('Next: seckey pin set'),
  'erasure-uncertain': to(PIN_STATUS),
  'erasure-told-by-pin': firstTo(PIN_STATUS),

  'software-key-unknown': instead(
    'See what there is with "seckey virtual list", or make one with "seckey virtual create".',
  ),
  'model-without-nfc': instead('Serve it with --uhid, or choose another model: seckey virtual models'),
  'model-without-usb': instead('Serve it to a reader with --vpcd, or choose another model: seckey virtual models'),
} as const satisfies Record<PlainSituation, Ending>;

/** What a failure itself has to say of what to do, not escaped; undefined where only its code is known. */
export function ownHint({ hint, situation }: Advice): string | undefined {
  return situation === undefined ? hint : inSituation(situation, hint ?? '').trim() || undefined;
}

function inSituation(situation: Situation, hint: string): string {
  switch (situation.id) {
    case 'software-key-damaged':
      return ending(` with \`seckey virtual delete ${situation.name}\`.`)(hint);
    case 'interface-missing':
      return `Leave out --transport, or use --transport ${situation.present}.`;
    case 'no-key-found': {
      const reasons = situation.failures.map((failure) => {
        const advice = ownHint(failure);
        return `${failure.message}${advice ? ` (${advice})` : ''}`;
      });
      return `Plug one in, or put it on a reader.${reasons.length > 0 ? ` Not everything could be looked at: ${reasons.join(' ')}` : ''}`;
    }
    default:
      return ENDINGS[situation.id](hint);
  }
}
