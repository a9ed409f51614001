/** Keys with false PIN retry counters, and with key-agreement keys and tokens that are not valid. */
import { CLIENT_PIN_SUBCOMMAND as SUB } from '../../../ctap2/commands/client-pin.ts';
import type { CborValue } from '../../../encoding/cbor.ts';
import { members, ok, status } from '../../hostile/forgeries.ts';
import type { AnswerRule, Forgery } from '../../hostile/hostility.ts';
import type { Model } from '../model.ts';
import { hostile } from './hostile.ts';

const TOKEN = [
  SUB.getPinToken,
  SUB.getPinUvAuthTokenUsingPinWithPermissions,
  SUB.getPinUvAuthTokenUsingUvWithPermissions,
];

const rule = (subCommand: number | readonly number[], answer: Forgery, ignored = false): AnswerRule => ({
  command: 'clientPIN',
  subCommand,
  answer,
  ignored,
});

const retries = (id: string, what: string, value: CborValue | ((honest: CborValue, nth: number) => CborValue)) =>
  hostile(`retries-${id}`, `says that ${what} PIN and fingerprint tries are left`, {
    answers: [rule(SUB.getPINRetries, members({ 3: value })), rule(SUB.getUVRetries, members({ 5: value }))],
  });

/** Answers with a COSE_Key on P-256 that has these coordinates. */
const point = (x: CborValue, y: CborValue) =>
  rule(
    SUB.getKeyAgreement,
    members({
      1: new Map<CborValue, CborValue>([
        [1, 2],
        [3, -25],
        [-1, 1],
        [-2, x],
        [-3, y],
      ]),
    }),
  );

const token = (id: string, what: string, value: CborValue) =>
  hostile(`token-${id}`, `gives ${what} for a token`, { answers: [rule(TOKEN, members({ 2: value }))] });

export const HOSTILE_PINS: readonly Model[] = [
  retries('0', '0', 0),
  retries('255', '255', 255),
  retries('text', '"many"', 'many'),
  retries('negative', '-1', -1),
  retries('absent', 'an unknown number of', undefined),
  retries('rising', 'one more each time of', (_honest, nth) => nth),
  hostile('power-cycle', 'wants a new power cycle each time', {
    answers: [rule(SUB.getPINRetries, members({ 4: true })), rule(TOKEN, status(0x34))],
  }),
  hostile('wrong-pin', 'calls every PIN wrong and counts none', {
    answers: [rule([...TOKEN, SUB.changePIN], status(0x31), true)],
  }),
  hostile('wrong-token', 'calls every token wrong', {
    answers: (['credentialManagement', 'bioEnrollment', 'authenticatorConfig', 'largeBlobs'] as const).map(
      (command) => ({
        command,
        answer: status(0x33),
        ignored: true,
      }),
    ),
  }),
  hostile('point-off-curve', 'has a key agreement key that is on no curve', {
    answers: [point(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2))],
  }),
  hostile('point-0', 'has the point 0, 0 for a key agreement key', {
    answers: [point(new Uint8Array(32), new Uint8Array(32))],
  }),
  hostile('point-huge', 'has a key agreement key of 4,000 bytes', {
    answers: [point(new Uint8Array(2_000).fill(3), new Uint8Array(2_000).fill(4))],
  }),
  hostile('point-text', 'has text for a key agreement key', { answers: [point('x', 'y')] }),
  hostile('point-missing', 'has no key agreement key', {
    answers: [rule(SUB.getKeyAgreement, members({ 1: undefined }))],
  }),
  token('empty', 'no bytes', new Uint8Array(0)),
  token('short', '15 bytes', new Uint8Array(15).fill(9)),
  token('noise', '48 bytes of noise', new Uint8Array(48).fill(9)),
  token('long', '4,096 bytes', new Uint8Array(4_096).fill(9)),
  token('text', 'text', 'token'),
  hostile('pin-not-set', 'says that a PIN is set or changed, and does nothing', {
    answers: [rule([SUB.setPIN, SUB.changePIN], ok, true)],
  }),
  hostile('pin-set-and-denied', 'sets or changes a PIN, and says that something else went wrong', {
    answers: [rule([SUB.setPIN, SUB.changePIN], status(0x7f))],
  }),
];
