/** Keys whose answers have the wrong shape, whichever command they are about, and those that lie in getInfo. */
import {
  body,
  cutInHalf,
  duplicateMember,
  indefinite,
  members,
  nested,
  status,
  trailing,
} from '../../hostile/forgeries.ts';
import type { Forgery } from '../../hostile/hostility.ts';
import type { Model } from '../model.ts';
import { hostile } from './hostile.ts';
import { HOSTILE_TEXTS, LONG_TEXT } from './texts.ts';

const ANY: readonly (readonly [id: string, description: string, forgery: Forgery])[] = [
  ['empty-answers', 'answers without even a status', () => new Uint8Array(0)],
  ['noise', 'answers 00 and noise', body(new Uint8Array(500).map((_, n) => (n * 151 + 89) & 0xff))],
  ['status-f1', 'refuses everything with a status that is its own', status(0xf1)],
  ['status-7f', 'refuses everything with CTAP1_ERR_OTHER', status(0x7f)],
  ['status-3b', 'refuses everything with a status that is rarely seen', status(0x3b)],
  ['every-status', 'refuses everything, with one status after the other', (_honest, nth) => Uint8Array.of(nth & 0xff)],
  ['ok-to-everything', 'answers 00 and nothing to everything, and does nothing', status(0x00)],
  ['empty-map', 'answers everything with an empty map', body(Uint8Array.of(0xa0))],
  ['array', 'answers everything with an array', body(Uint8Array.of(0x83, 0x01, 0x02, 0x03))],
  ['nested', 'nests arrays 2,000 deep', nested(2_000)],
  ['duplicate', 'says something twice in each answer', duplicateMember],
  ['trailing', 'has bytes after the end of each answer', trailing],
  ['cut', 'cuts each answer in half', cutInHalf],
  ['indefinite', 'uses maps of indefinite length', indefinite],
];

const INFO: readonly (readonly [id: string, description: string, forgery: Forgery])[] = [
  ['info-missing', 'has no versions', members({ 1: undefined })],
  ['info-wrong-types', 'has numbers where text belongs', members({ 1: 7, 4: [1, 2], 6: 'one' })],
  ['info-undefined', 'has null in place of options', members({ 4: null, 5: null })],
  [
    'info-names',
    'has terminal commands in its names',
    members({
      1: ['FIDO_2_0', 'FIDO_2_1', ...HOSTILE_TEXTS],
      2: (honest) => [...(honest as string[]), ...HOSTILE_TEXTS],
      4: (honest) =>
        new Map([...(honest as Map<string, boolean>), ...HOSTILE_TEXTS.map((text) => [text, true] as const)]),
      9: HOSTILE_TEXTS,
      19: new Map(HOSTILE_TEXTS.map((text) => [text, 1])),
      21: [0, 2n ** 64n - 1n],
      22: HOSTILE_TEXTS,
      28: new Uint8Array([...new TextEncoder().encode(HOSTILE_TEXTS.join(''))]),
    }),
  ],
  [
    'info-many',
    'has 600 options of its own',
    members({
      4: (honest) =>
        new Map([
          ...(honest as Map<string, boolean>),
          ...Array.from({ length: 600 }, (_, n) => [`o${n}`, true] as const),
        ]),
    }),
  ],
  ['info-max-msg-size-0', 'takes messages of 0 bytes', members({ 5: 0 })],
  [
    'info-huge-numbers',
    'has room for 2^64 - 1 of everything',
    members(
      Object.fromEntries(
        [0x05, 0x07, 0x08, 0x0b, 0x0e, 0x0f, 0x10, 0x11, 0x14, 0x17].map((key) => [key, 2n ** 64n - 1n]),
      ),
    ),
  ],
  ['info-pin-length-200', 'wants PINs of at least 200 characters', members({ 13: 200 })],
  ['info-max-pin-length-0', 'wants PINs of at most 0 characters', members({ 29: 0 })],
  ['info-no-protocols', 'has no PIN/UV auth protocol', members({ 6: [] })],
  ['info-unknown-protocol', 'has PIN/UV auth protocol 99 only', members({ 6: [99] })],
  ['info-no-options', 'has no options at all', members({ 4: new Map() })],
  ['info-aaguid-short', 'has an AAGUID of 3 bytes', members({ 3: new Uint8Array(3) })],
  [
    'info-aaguid-changes',
    'has another AAGUID each time',
    members({ 3: (_honest, nth) => new Uint8Array(16).fill(nth) }),
  ],
  [
    'info-options-flip',
    'has other options each time',
    members({
      4: (honest, nth) =>
        new Map([...(honest as Map<string, boolean>)].map(([name, value]) => [name, nth % 2 ? value : !value])),
    }),
  ],
];

export const HOSTILE_ANSWERS: readonly Model[] = [
  ...ANY.map(([id, description, answer]) =>
    hostile(id, description, { answers: [{ answer, ignored: id === 'ok-to-everything' }] }),
  ),
  hostile(
    'info-long-names',
    'a card that has a version and an extension of 64 KB',
    { answers: [{ command: 'getInfo', answer: members({ 1: ['FIDO_2_1', LONG_TEXT], 2: [LONG_TEXT] }) }] },
    'nfc',
  ),
  ...INFO.map(([id, description, answer]) => hostile(id, description, { answers: [{ command: 'getInfo', answer }] })),
];
