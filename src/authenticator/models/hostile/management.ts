/** Keys that give false answers about what they store and what they have changed. */
import { AUTHENTICATOR_CONFIG_SUBCOMMAND as CONFIG } from '../../../ctap2/commands/authenticator-config.ts';
import { BIO_ENROLLMENT_SUBCOMMAND as BIO } from '../../../ctap2/commands/bio-enrollment.ts';
import { CREDENTIAL_MANAGEMENT_SUBCOMMAND as CREDENTIAL } from '../../../ctap2/commands/credential-management.ts';
import type { CommandName } from '../../../ctap2/commands/index.ts';
import type { CborValue } from '../../../encoding/cbor.ts';
import { body, members, membersIfPresent, ok, status } from '../../hostile/forgeries.ts';
import { type AnswerRule, type Forgery, LARGE_BLOBS } from '../../hostile/hostility.ts';
import type { Model } from '../model.ts';
import { hostile } from './hostile.ts';
import { HOSTILE_TEXTS, LONG_TEXT, MARKS } from './texts.ts';

const rule = (command: CommandName, subCommand: AnswerRule['subCommand'], answer: Forgery): AnswerRule => ({
  command,
  ...(subCommand === undefined ? {} : { subCommand }),
  answer,
});
const credentials = (subCommand: AnswerRule['subCommand'], answer: Forgery) =>
  rule('credentialManagement', subCommand, answer);
const fingers = (subCommand: AnswerRule['subCommand'], answer: Forgery) => rule('bioEnrollment', subCommand, answer);

/** Repeats its first answer for ever. */
const repeated = (subCommand: number): AnswerRule => ({ command: 'credentialManagement', subCommand, repeats: true });

/** Answers CTAP2_OK (0x00) without doing anything. */
const pretended = (command: CommandName, subCommand?: AnswerRule['subCommand']): AnswerRule => ({
  ...rule(command, subCommand, ok),
  ignored: true,
});

const RPS = [CREDENTIAL.enumerateRPsBegin, CREDENTIAL.enumerateRPsGetNextRP];
const CREDENTIALS = [CREDENTIAL.enumerateCredentialsBegin, CREDENTIAL.enumerateCredentialsGetNextCredential];
const SAMPLES = [BIO.enrollBegin, BIO.enrollCaptureNextSample];

const credential = (id: string, description: string, changes: Parameters<typeof members>[0]) =>
  hostile(`credential-${id}`, description, { answers: [credentials(CREDENTIALS, members(changes))] });

const descriptor = (id: CborValue) =>
  new Map<CborValue, CborValue>([
    ['id', id],
    ['type', 'public-key'],
  ]);

const user = (name: string) =>
  new Map<CborValue, CborValue>([
    ['id', new Uint8Array(8)],
    ['name', name],
  ]);

const NAMES: readonly AnswerRule[] = [
  credentials(
    RPS,
    members({
      3: (_honest, nth) =>
        new Map([
          ['id', HOSTILE_TEXTS[nth % HOSTILE_TEXTS.length] as string],
          ['name', HOSTILE_TEXTS[(nth + 1) % HOSTILE_TEXTS.length] as string],
        ]),
    }),
  ),
  credentials(
    CREDENTIALS,
    members({
      6: (_honest, nth) =>
        new Map<CborValue, CborValue>([
          ['id', new Uint8Array(8)],
          ['name', HOSTILE_TEXTS[nth % HOSTILE_TEXTS.length] as string],
          ['displayName', HOSTILE_TEXTS[(nth + 2) % HOSTILE_TEXTS.length] as string],
        ]),
    }),
  ),
  fingers(
    BIO.enumerateEnrollments,
    members({
      7: (honest) =>
        (honest as Map<CborValue, CborValue>[] | undefined)?.map((info, n) =>
          new Map(info).set(0x02, HOSTILE_TEXTS[n % HOSTILE_TEXTS.length] as string),
        ),
    }),
  ),
];

const LISTS: readonly Model[] = [
  hostile('total-rps-0', 'says that it holds nothing', {
    answers: [credentials(CREDENTIAL.enumerateRPsBegin, members({ 5: 0 }))],
  }),
  hostile('total-rps-huge', 'says that it holds credentials of 4,294,967,295 relying parties', {
    answers: [credentials(CREDENTIAL.enumerateRPsBegin, members({ 5: 0xffff_ffff }))],
  }),
  hostile('rps-for-ever', 'lists one relying party for ever', {
    answers: [
      credentials(CREDENTIAL.enumerateRPsBegin, members({ 5: 0xffff_ffff })),
      repeated(CREDENTIAL.enumerateRPsGetNextRP),
    ],
  }),
  hostile('total-credentials-huge', 'says that each relying party has 2^53 credentials', {
    answers: [credentials(CREDENTIAL.enumerateCredentialsBegin, members({ 9: Number.MAX_SAFE_INTEGER }))],
  }),
  hostile('credentials-for-ever', 'lists one credential for ever', {
    answers: [
      credentials(CREDENTIAL.enumerateCredentialsBegin, members({ 9: 0xffff_ffff })),
      repeated(CREDENTIAL.enumerateCredentialsGetNextCredential),
    ],
  }),
  hostile('metadata', 'says that it holds 5 billion credentials and has room for text', {
    answers: [credentials(CREDENTIAL.getCredsMetadata, members({ 1: 5e9, 2: 'lots' }))],
  }),
  hostile('rp-hash', 'lists relying parties whose hashes belong to others', {
    answers: [credentials(RPS, members({ 4: new Uint8Array(32) }))],
  }),
  hostile('rp-missing', 'lists relying parties without name and hash', {
    answers: [credentials(RPS, members({ 3: undefined, 4: undefined }))],
  }),
  credential('id-missing', 'lists credentials without ID', { 7: undefined }),
  credential('id-empty', 'lists credentials with an ID of 0 bytes', { 7: descriptor(new Uint8Array(0)) }),
  credential('id-huge', 'lists credentials with an ID of 5,000 bytes', { 7: descriptor(new Uint8Array(5_000)) }),
  credential('id-same', 'lists credentials that all have one ID', { 7: descriptor(new Uint8Array(32).fill(7)) }),
  credential('user-missing', 'lists credentials of nobody', { 6: undefined }),
  credential('nonsense', 'lists credentials with a key, a protection and a blob key that are none', {
    8: new Map<CborValue, CborValue>([
      ['kty', 'paper'],
      [-1, null],
    ]),
    10: 255,
    11: new Uint8Array(31),
  }),
  hostile('names', 'has terminal commands, bidirectional text and NUL in all names', { answers: NAMES }),
  hostile('marks', 'has 3,000 combining marks on one letter in all names', {
    answers: [
      credentials(RPS, members({ 3: new Map([['id', MARKS]]) })),
      credentials(CREDENTIALS, members({ 6: user(MARKS) })),
    ],
  }),
  hostile(
    'long-names',
    'a card that has names of 64 KB',
    {
      answers: [
        credentials(RPS, members({ 3: new Map([['id', LONG_TEXT]]) })),
        credentials(CREDENTIALS, members({ 6: user(LONG_TEXT) })),
      ],
    },
    'nfc',
  ),
  hostile('fingers', 'lists one fingerprint twice, and one without ID', {
    answers: [
      fingers(
        BIO.enumerateEnrollments,
        membersIfPresent({
          7: (honest) => {
            const [first = new Map()] = honest as Map<CborValue, CborValue>[];
            return [first, first, new Map([[0x02, 'nobody']])];
          },
        }),
      ),
    ],
  }),
  hostile('finger-id-huge', 'lists fingerprints with an ID of 3,000 bytes', {
    answers: [fingers(BIO.enumerateEnrollments, membersIfPresent({ 7: [new Map([[0x01, new Uint8Array(3_000)]])] }))],
  }),
  hostile('samples-for-ever', 'wants one more sample of the finger, for ever', {
    answers: [fingers(SAMPLES, membersIfPresent({ 6: 1 }))],
  }),
  hostile('samples-text', 'counts samples in text', {
    answers: [fingers(SAMPLES, membersIfPresent({ 6: 'one', 5: 255 }))],
  }),
  hostile('sensor', 'has a sensor of no kind that wants 2^32 samples', {
    answers: [fingers(BIO.getFingerprintSensorInfo, members({ 2: 77, 3: 0xffff_ffff, 8: 0 }))],
  }),
  hostile('blobs-for-ever', 'has a large-blob array that never ends', {
    answers: [rule('largeBlobs', LARGE_BLOBS.read, members({ 1: new Uint8Array(4_096) }))],
  }),
  hostile('blobs-noise', 'has noise for a large-blob array', {
    answers: [
      rule(
        'largeBlobs',
        LARGE_BLOBS.read,
        members({ 1: (honest) => (honest as Uint8Array | undefined)?.map((byte) => byte ^ 0x5a) }),
      ),
    ],
  }),
  hostile('blobs-empty', 'has a large-blob array of 0 bytes', {
    answers: [rule('largeBlobs', LARGE_BLOBS.read, body(Uint8Array.of(0xa1, 0x01, 0x40)))],
  }),
];

const PRETENDED: readonly Model[] = [
  hostile('delete-pretended', 'says that it has deleted a credential', {
    answers: [pretended('credentialManagement', CREDENTIAL.deleteCredential)],
  }),
  hostile('update-pretended', 'says that it has renamed a user', {
    answers: [pretended('credentialManagement', CREDENTIAL.updateUserInformation)],
  }),
  hostile('delete-denied', 'deletes a credential, and says that something went wrong', {
    answers: [credentials(CREDENTIAL.deleteCredential, status(0x7f))],
  }),
  hostile('fingers-pretended', 'says that it has renamed and removed a fingerprint', {
    answers: [pretended('bioEnrollment', [BIO.setFriendlyName, BIO.removeEnrollment])],
  }),
  hostile('enroll-pretended', 'says that a finger is enrolled at its first sample, and keeps none', {
    answers: [
      {
        ...fingers(BIO.enrollBegin, body(Uint8Array.of(0xa3, 0x04, 0x42, 0x12, 0x34, 0x05, 0x00, 0x06, 0x00))),
        ignored: true,
      },
    ],
  }),
  hostile('config-pretended', 'says that its settings are changed', {
    answers: [
      pretended('authenticatorConfig', [
        CONFIG.enableEnterpriseAttestation,
        CONFIG.toggleAlwaysUv,
        CONFIG.setMinPINLength,
        CONFIG.enableLongTouchForReset,
      ]),
    ],
  }),
  hostile('blobs-pretended', 'says that it has stored a large blob', {
    answers: [pretended('largeBlobs', LARGE_BLOBS.write)],
  }),
  hostile('blobs-denied', 'stores a large blob, and says that something went wrong', {
    answers: [rule('largeBlobs', LARGE_BLOBS.write, status(0x7f))],
  }),
  hostile('reset-pretended', 'says that it is reset, and keeps everything', { answers: [pretended('reset')] }),
  hostile('reset-denied', 'resets itself, and says that something went wrong', {
    answers: [rule('reset', undefined, status(0x7f))],
  }),
  hostile('reset-untouched', 'says that nobody touched it', {
    answers: [{ ...rule('reset', undefined, status(0x2f)), ignored: true }],
  }),
  hostile('selection', 'never takes a touch for its selection', {
    answers: [{ ...rule('selection', undefined, status(0x27)), ignored: true }],
  }),
];

export const HOSTILE_MANAGEMENT: readonly Model[] = [...LISTS, ...PRETENDED];
