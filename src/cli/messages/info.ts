/** getInfo in plain words, with the specification's name beside each (CTAP 2.3 §6.4). */

import { toHex } from '../../ctap2/index.ts';
import type { AuthenticatorInfo } from '../../index.ts';
import { escaped } from '../terminal/escape.ts';

export interface InfoLine {
  label: string;
  /** Already escaped. */
  value: string;
  /** The specification's name. */
  name: string;
}

type Members = Omit<AuthenticatorInfo, 'unknownMembers'>;
type Words = { [M in keyof Required<Members>]: [label: string, words: (value: NonNullable<Members[M]>) => string] };

const yesNo = (value: boolean) => (value ? 'yes' : 'no');
const list = (values: readonly (string | number | bigint)[]) =>
  values.length ? values.map((v) => escaped(String(v))).join(', ') : 'none';
const bytes = (n: number) => `${n} bytes`;
const number = (n: number) => String(n);

const ALGORITHMS: Readonly<Record<number, string>> = {
  [-7]: 'ES256',
  [-8]: 'EdDSA',
  [-9]: 'ESP256',
  [-19]: 'Ed25519',
  [-35]: 'ES384',
  [-36]: 'ES512',
  [-47]: 'ES256K',
  [-257]: 'RS256',
};

const UV_MODALITIES: readonly [bit: number, words: string][] = [
  [0x001, 'presence'],
  [0x002, 'fingerprint'],
  [0x004, 'passcode on the key'],
  [0x008, 'voice'],
  [0x010, 'face'],
  [0x020, 'location'],
  [0x040, 'eye'],
  [0x080, 'pattern drawn on the key'],
  [0x100, 'hand'],
  [0x200, 'none'],
  [0x400, 'all of them together'],
  [0x800, 'passcode'],
  [0x1000, 'pattern'],
];

const CONFIG_COMMANDS: Readonly<Record<number, string>> = {
  1: 'enterprise attestation',
  2: 'always verify the user',
  3: 'minimum PIN length',
  4: 'long touch for reset',
  255: 'vendor prototype',
};

function modalities(value: number): string {
  const known = UV_MODALITIES.filter(([bit]) => value & bit).map(([, words]) => words);
  return known.length ? known.join(', ') : `0x${value.toString(16)}`;
}

/** In the order in which they are shown; a member of getInfo without words does not compile. */
const WORDS: Words = {
  versions: ['Speaks', list],
  aaguid: ['AAGUID', toHex],
  firmwareVersion: ['Firmware', number],
  transports: ['Connects over', list],
  extensions: ['Extensions', list],
  options: ['Options', () => ''],
  algorithms: ['Key types', (value) => list(value.map(({ alg }) => ALGORITHMS[alg] ?? alg))],
  attestationFormats: ['Attestation formats', list],
  certifications: [
    'Certifications',
    (value) => list(Object.entries(value).map(([name, level]) => `${name} level ${level}`)),
  ],
  minPINLength: ['Shortest PIN', (value) => `${value} characters`],
  maxPINLength: ['Longest PIN', (value) => `${value} characters`],
  forcePINChange: ['PIN must be changed', yesNo],
  pinComplexityPolicy: ['PIN rules beyond length', yesNo],
  pinComplexityPolicyURL: ['PIN rules are at', (value) => escaped(value)],
  pinUvAuthProtocols: ['PIN protocols', list],
  maxRPIDsForSetMinPINLength: ['Sites that may see PIN length', number],
  uvModality: ['Verifies the user by', modalities],
  preferredPlatformUvAttempts: ['Fingerprint tries before the PIN', number],
  uvCountSinceLastPinEntry: ['Fingerprints since the last PIN', number],
  remainingDiscoverableCredentials: ['Room for more passkeys', (value) => `about ${value}`],
  maxCredentialCountInList: ['Credentials in one request', number],
  maxCredentialIdLength: ['Longest credential ID', bytes],
  maxCredBlobLength: ['Blob in a credential', bytes],
  maxSerializedLargeBlobArray: ['Large blobs together', bytes],
  maxMsgSize: ['Longest message', bytes],
  longTouchForReset: ['Reset wants a long touch', yesNo],
  transportsForReset: ['Reset works over', list],
  authenticatorConfigCommands: [
    'Settings it knows',
    (value) => list(value.map((code) => CONFIG_COMMANDS[code] ?? code)),
  ],
  vendorPrototypeConfigCommands: ["Maker's own settings", list],
  encIdentifier: ['Encrypted identifier', toHex],
  encCredStoreState: ['Encrypted credential state', toHex],
};

export function infoLines(info: AuthenticatorInfo): InfoLine[] {
  const lines = Object.entries(WORDS).flatMap(([name, [label, words]]) => {
    const value = info[name as keyof Members];
    if (value === undefined || name === 'options') return [];
    // The table is typed member by member above; here its keys and values only travel together.
    return [{ label, name, value: (words as (value: unknown) => string)(value) }];
  });
  const unknown = [...(info.unknownMembers ?? [])].map(([key, value]) => ({
    label: 'Unknown member',
    name: typeof key === 'number' ? `0x${key.toString(16).padStart(2, '0')}` : escaped(String(key)),
    value: escaped(plain(value)),
  }));
  return [...lines, ...unknown];
}

/** An unknown member as text, good enough to be looked up. */
export function plain(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (value instanceof Map)
    return `{${[...value].map(([key, member]) => `${plain(key)}: ${plain(member)}`).join(', ')}}`;
  return String(value);
}

/** Left out of the specification again, so nothing follows from it. */
const OF_A_DRAFT = 'from a draft of CTAP 2.1; of no effect here';

const OPTIONS: Readonly<Record<string, [whenTrue: string, whenFalse: string]>> = {
  plat: ['built into a device', 'can be carried from device to device'],
  rk: ['stores passkeys', 'stores no passkeys'],
  up: ['asks for a touch', 'cannot ask for a touch'],
  uv: ['verifies its user by itself', 'could verify its user by itself; not set up'],
  clientPin: ['has a PIN', 'can have a PIN; none is set'],
  pinUvAuthToken: ['gives tokens with permissions', 'gives no tokens with permissions'],
  noMcGaPermissionsWithClientPin: ['takes no PIN for signing in', 'takes the PIN for signing in'],
  largeBlobs: ['stores large blobs', 'stores no large blobs'],
  ep: ['enterprise attestation is on', 'enterprise attestation is off'],
  bioEnroll: ['has fingerprints', 'can have fingerprints; has none'],
  userVerificationMgmtPreview: ['has fingerprints (preview)', 'can have fingerprints (preview); has none'],
  uvBioEnroll: ['a fingerprint allows enrolling others', 'enrolling fingerprints wants the PIN'],
  authnrCfg: ['has settings that can be changed', 'has no settings'],
  uvAcfg: ['a fingerprint allows changing settings', 'changing settings wants the PIN'],
  credMgmt: ['its passkeys can be listed and deleted', 'its passkeys cannot be listed'],
  credentialMgmtPreview: ['its passkeys can be listed and deleted (preview)', 'its passkeys cannot be listed'],
  perCredMgmtRO: ['its passkeys can be listed with a lasting token', 'it gives no lasting token'],
  setMinPINLength: ['its shortest PIN can be raised', 'its shortest PIN is fixed'],
  makeCredUvNotRqd: [
    'registers second factors without PIN or finger',
    'registers only with PIN or finger, once set up',
  ],
  alwaysUv: ['always verifies its user', 'verifies its user only when asked'],
  uvToken: ['gives tokens for fingerprints (preview)', 'gives no tokens for fingerprints'],
  config: [OF_A_DRAFT, OF_A_DRAFT],
  platConfig: [OF_A_DRAFT, OF_A_DRAFT],
};

export function optionLines(options: Readonly<Record<string, boolean>>): InfoLine[] {
  return Object.entries(options).map(([name, on]) => {
    const words = Object.hasOwn(OPTIONS, name) ? OPTIONS[name]?.[on ? 0 : 1] : undefined;
    return { label: words ?? 'unknown to seckey', value: String(on), name: escaped(name) };
  });
}

/** What a PIN opens of getInfo. */
export const DECRYPTED: Readonly<Record<string, string>> = {
  identifier: 'Identifier, decrypted',
  credStoreState: 'Credential state, decrypted',
};
export const THIS_KEY = 'This key:';
