/** Every command line that talks to a key, and what must be true of the key when seckey says that it is done. */
import { credentialById } from '../../src/authenticator/state/credentials.ts';
import type { AuthenticatorState } from '../../src/authenticator/state.ts';
import { parseLargeBlobArray } from '../../src/ctap2/large-blob-array.ts';
import { pinHash } from '../../src/ctap2/pin-uv-auth-protocol.ts';
import { equalBytes, toHex, utf8 } from '../../src/encoding/bytes.ts';
import { PIN } from './hostile-world.ts';

export const NEW_PIN = '86427531';
const OTHER_NAME = 'renamed';

export interface CommandLine {
  /** Without `seckey -k virtual:h`. `PIN`, `NEW`, `WRONG` and `DATA` are files. */
  line: (before: AuthenticatorState) => string;
  /** Has no JSON. */
  textOnly?: boolean;
  /** The key is fresh from the factory. */
  blank?: boolean;
  /** Models whose lie about it could only be seen at the price of a try. */
  unseen?: readonly string[];
  /** Whether what the command does is done. Absent: it only reads. */
  done?: (after: AuthenticatorState, before: AuthenticatorState) => boolean;
}

const reading = (line: string): CommandLine => ({ line: () => line });
const withBlob = ({ credentials }: AuthenticatorState) =>
  toHex(credentials.discoverable.find(({ largeBlobKey }) => largeBlobKey)?.credentialId ?? new Uint8Array(0));
const first = ({ credentials }: AuthenticatorState) =>
  credentials.discoverable[0] as (typeof credentials.discoverable)[0];
const finger = ({ fingerprints }: AuthenticatorState) =>
  toHex(fingerprints.templates[0]?.templateId ?? new Uint8Array(0));
const hasPin = ({ pin }: AuthenticatorState, text: string) =>
  pin.current !== undefined && equalBytes(pin.current.hash, pinHash(utf8(text)));
const blobs = ({ largeBlobs }: AuthenticatorState) => parseLargeBlobArray(largeBlobs.serializedArray).entries.length;

export const COMMAND_LINES: readonly CommandLine[] = [
  reading('list'),
  reading('info'),
  reading('info -v'),
  reading('info --raw --pin-file PIN'),
  reading('identify'),
  reading('identify --touch --timeout 2'),
  reading('pin status'),
  { line: () => 'pin set --new-pin-file NEW', blank: true, done: (after) => hasPin(after, NEW_PIN) },
  // Its JSON is written in two parts, and which is the second the process knows only of one command at a time.
  { line: () => 'pin set --generate', blank: true, textOnly: true, done: (after) => after.pin.current !== undefined },
  {
    line: () => 'pin change --pin-file PIN --new-pin-file NEW',
    unseen: ['hostile-pin-not-set'],
    done: (after) => hasPin(after, NEW_PIN),
  },
  reading('pin verify --pin-file PIN'),
  { line: () => 'pin verify --pin-file WRONG', done: () => false },
  { line: () => 'pin min-length 8 --pin-file PIN --yes', done: ({ config }) => config.minPINLength === 8 },
  { line: () => 'pin force-change --pin-file PIN --yes', done: ({ config }) => config.forcePINChange },
  reading('credentials list --pin-file PIN'),
  reading('credentials list --pin-file PIN --trace /dev/null'),
  reading('credentials list'),
  reading('credentials list --rp example.com --pin-file PIN'),
  { line: (state) => `credentials show ${toHex(first(state).credentialId)} --pin-file PIN` },
  reading('credentials export --format json --pin-file PIN'),
  { line: () => 'credentials export --format csv --pin-file PIN', textOnly: true },
  {
    line: (state) => `credentials delete ${toHex(first(state).credentialId)} --pin-file PIN --yes`,
    done: (after, before) => !credentialById(after.credentials, first(before).credentialId),
  },
  {
    line: (state) =>
      `credentials update-user ${toHex(first(state).credentialId)} --name ${OTHER_NAME} --display-name ${OTHER_NAME} --pin-file PIN`,
    done: (after, before) => {
      const user = credentialById(after.credentials, first(before).credentialId)?.user;
      return user?.name === OTHER_NAME && user.displayName === OTHER_NAME;
    },
  },
  reading('fingerprints list --pin-file PIN'),
  reading('fingerprints sensor'),
  {
    line: () => 'fingerprints add --name new --pin-file PIN',
    done: (after, before) => after.fingerprints.templates.length === before.fingerprints.templates.length + 1,
  },
  {
    line: (state) => `fingerprints rename ${finger(state)} ${OTHER_NAME} --pin-file PIN`,
    done: (after) => after.fingerprints.templates[0]?.friendlyName === OTHER_NAME,
  },
  {
    line: (state) => `fingerprints delete ${finger(state)} --pin-file PIN --yes`,
    done: (after, before) =>
      !after.fingerprints.templates.some(({ templateId }) => toHex(templateId) === finger(before)),
  },
  reading('config show'),
  { line: () => 'config always-uv on --pin-file PIN --yes', done: ({ config }) => config.alwaysUv },
  {
    line: () => 'config enterprise-attestation enable --pin-file PIN --yes',
    done: ({ config }) => config.enterpriseAttestation,
  },
  { line: () => 'config long-touch-reset enable --pin-file PIN --yes', done: ({ config }) => config.longTouchForReset },
  reading('blobs list --pin-file PIN'),
  { line: (state) => `blobs get ${withBlob(state)} --pin-file PIN` },
  {
    line: (state) => `blobs set ${withBlob(state)} DATA --pin-file PIN --yes`,
    done: (after, before) => !equalBytes(after.largeBlobs.serializedArray, before.largeBlobs.serializedArray),
  },
  {
    line: (state) => `blobs delete ${withBlob(state)} --pin-file PIN --yes`,
    done: (after, before) => blobs(after) === blobs(before) - 1,
  },
  { line: () => 'blobs compact --pin-file PIN --yes', done: (after, before) => blobs(after) < blobs(before) },
  { line: () => 'reset --confirm h --timeout 2', done: isErased },
  { line: () => 'reset --each --count 1 --yes --timeout 2', done: isErased },
];

function isErased(after: AuthenticatorState): boolean {
  return after.resets > 0 && after.pin.current === undefined && after.credentials.discoverable.length === 0;
}

export const FILES = { PIN: `${PIN}\n`, NEW: `${NEW_PIN}\n`, WRONG: '11112222\n', DATA: 'data of a blob' } as const;
