/** What the interactive manager says. */

import { toHex } from '../../ctap2/index.ts';
import type { AuthenticatorInfo, Candidate, credentials, FidoError, KeyDescription, pin } from '../../index.ts';
import { canUseUv, PERMISSION } from '../../index.ts';
import { escaped } from '../terminal/escape.ts';
import { transportWord } from './keys.ts';

export const MENU_WORDS = {
  keys: 'Up/Down: move   Enter: choose   Esc: back   Ctrl-C: quit',
  pause: 'Enter: back to the menu',
  back: 'Back',
  quit: 'Quit',
  unavailable: (why: string) => `Not possible: ${escaped(why)}.`,
} as const;

export const START_WORDS = {
  title: 'Which key?',
  looking: 'Looking for keys …',
  none: 'No security key found. Plug one in, or put it on a reader: it appears here.',
  failure: ({ message }: FidoError) => `Not everything could be looked at: ${escaped(message)}.`,
  software: 'Software keys, to practise on',
  softwareExplained: 'They behave like real keys, and nothing can go wrong.',
  touch: 'Find out which key is which, by touching one',
  each: 'Erase many keys, one after the other',
  doctor: 'A key is not shown? Find out why',
  trace: 'Read a recorded trace',
  gone: 'The key was taken out.',
  noKeyToTouch: 'there is no key to touch',
} as const;

/** A key in the list: what it is, and where. */
export function keyLabel({ description }: Candidate): string {
  const { model, name, id, serial, transport, reader, error } = description;
  const where = reader ?? transportWord(transport);
  const facts = [model ?? name ?? id, serial && `serial ${serial}`, where, error && 'cannot be used'];
  return escaped(facts.filter(Boolean).join(', '));
}

/** The page of one key. */
export const KEY_WORDS = {
  pin: 'PIN',
  passkeys: 'Passkeys',
  passkeysExplained: 'See them, rename their users, delete them.',
  fingerprints: 'Fingerprints',
  fingerprintsExplained: 'See them, add one, rename, delete.',
  blobs: 'Data kept on the key (large blobs)',
  blobsExplained: 'How much there is, and room to be won.',
  settings: 'Settings',
  settingsExplained: 'Always verify the user, enterprise attestation, long touch.',
  pinExplained: 'Set it, change it, check it, its rules.',
  info: 'Everything it says of itself',
  identify: 'Make it blink',
  reset: 'Erase everything on it (factory reset)',
  otherKey: 'Another key',
} as const;

export function keyTitle({ model, name, id, serial }: KeyDescription): string {
  return escaped([model ?? name ?? id, serial && `serial ${serial}`].filter(Boolean).join(', '));
}

/** What is known of a key before anything is done with it. */
export interface KeySummary {
  key: KeyDescription;
  info: AuthenticatorInfo;
  pin: pin.PinStatus;
}

/** What a key is and holds, in a few lines; `passkeys` is known once they were listed. */
export function summaryLines(
  { key, info, pin }: KeySummary,
  passkeys: credentials.CredentialMetadata | undefined,
): string[] {
  const rows: [label: string, words: string | undefined][] = [
    ['Key', keyTitle(key)],
    ['Connected', connectionWords(key, info.versions)],
    ['PIN', pinWords(pin, info.minPINLength)],
    ['Passkeys', passkeyWords(info, pin, passkeys)],
    ['Fingerprints', fingerprintWords(info, pin)],
    ['Settings', settingWords(info)],
  ];
  return rows.flatMap(([label, words]) => (words === undefined ? [] : [`${label.padEnd(14)}${words}`]));
}

function connectionWords({ transport, path, reader, id }: KeyDescription, versions: readonly string[]): string {
  const place = id.startsWith('virtual:') ? 'software key' : (reader ?? `${transportWord(transport)} ${path ?? ''}`);
  const newest = versions
    .filter((version) => /^FIDO_2_\d$/.test(version))
    .sort()
    .at(-1);
  return escaped(
    [place.trim(), newest && `CTAP ${newest.slice('FIDO_'.length).replace('_', '.')}`].filter(Boolean).join(', '),
  );
}

function pinWords(pin: KeySummary['pin'], minLength: number | undefined): string {
  if (!pin.supported) return 'this key cannot have one';
  if (!pin.set) return `not set; ${pin.minLength ?? minLength ?? 4} characters at least`;
  if (pin.retries === 0) return 'blocked for good; only a reset helps';
  const tries = `${pin.retries} ${pin.retries === 1 ? 'try' : 'tries'} left`;
  if (pin.powerCycleNeeded) return `the key wants to be taken out and put back; ${tries}`;
  return `set; ${tries}${pin.forceChange ? '; it must be changed before it can be used' : ''}`;
}

function passkeyWords(
  info: KeySummary['info'],
  pin: KeySummary['pin'],
  known: credentials.CredentialMetadata | undefined,
): string | undefined {
  const { options = {}, remainingDiscoverableCredentials } = info;
  if (!options.rk) return 'this key stores none';
  const remaining = known?.remaining ?? remainingDiscoverableCredentials;
  const words = [
    known?.existing !== undefined && `${known.existing} stored`,
    remaining !== undefined && `room for about ${remaining} more`,
  ];
  const counts = words.filter(Boolean).join('; ');
  if (counts !== '') return counts;
  const byItself = canUseUv(info, PERMISSION.cm);
  const listed = (options.credMgmt || options.credentialMgmtPreview) && (pin.supported || byItself);
  if (!listed) return 'this key can store them, but not list them';
  if (pin.set) return 'the PIN shows them';
  return byItself ? 'shown once the key has verified its user' : 'shown once the key has a PIN';
}

function fingerprintWords({ options = {} }: KeySummary['info'], { uvRetries }: KeySummary['pin']): string | undefined {
  const enrolled = options.bioEnroll ?? options.userVerificationMgmtPreview;
  if (enrolled === undefined) return undefined;
  if (!enrolled) return 'none enrolled';
  return `enrolled${uvRetries === undefined ? '' : uvRetries === 0 ? '; blocked, the PIN unblocks them' : `; ${uvRetries} tries left`}`;
}

function settingWords({ options = {}, longTouchForReset }: KeySummary['info']): string | undefined {
  const on = [
    options.alwaysUv && 'always verifies its user',
    options.ep && 'enterprise attestation is on',
    longTouchForReset && 'a reset wants a long touch',
  ].filter(Boolean);
  return on.length ? on.join('; ') : undefined;
}

export const PIN_WORDS = {
  title: 'PIN',
  set: 'Set a PIN',
  setRandom: 'Set a random PIN, shown once',
  change: 'Change the PIN',
  changeRandom: 'Change it to a random PIN, shown once',
  verify: 'Check whether I know it (a wrong one costs a try)',
  status: 'Tries left and rules',
  minLength: 'Raise the shortest length',
  minLengthExplained: 'Only a reset lowers it again.',
  forceChange: 'Make its user choose another PIN before the next use',
  isSet: 'the key has a PIN; change it instead',
  isNotSet: 'the key has no PIN yet; set one first',
  cannot: 'this key cannot have a PIN',
  askLength: 'Shortest length, in characters (empty: leave it):',
  askSites: 'Sites that may learn it, separated by spaces (empty: none, or as they are):',
} as const;

export const PASSKEY_WORDS = {
  title: 'Passkeys',
  none: 'There are no passkeys on this key.',
  all: 'Show all of them as a list',
  csv: 'Save the list for a spreadsheet (CSV)',
  json: 'Save the list for a program (JSON)',
  askFile: 'Name of the new file (empty: do not save):',
  saved: (file: string) => `Saved in ${escaped(file)}; only you can read it.`,
  show: 'Show everything about it',
  rename: 'Change the names it shows for its user',
  renameExplained: '$ seckey credentials update-user ID --name NAME --display-name NAME',
  delete: 'Delete it',
  blobShow: 'Show the data it keeps (large blob)',
  blobSave: 'Save the data it keeps into a file',
  blobSet: 'Keep the contents of a file with it',
  blobDelete: 'Delete the data it keeps',
  noBlobs: 'this passkey has no key for data',
  askName: 'Account name:',
  askDisplayName: 'Name of the person:',
  unknownUser: 'the key does not tell whose passkey this is',
  askSource: 'File to read (empty: leave it):',
  needsPin: 'the key has no PIN yet; set one first',
} as const;

/** A passkey as a line to choose. */
export function passkeyLabel(rp: credentials.RelyingParty, { user }: credentials.Credential): string {
  const site = rp.id ?? `unknown site ${toHex(rp.rpIDHash).slice(0, 8)}`;
  const names = [...new Set([user?.name, user?.displayName])].filter(Boolean).join(', ');
  return escaped(`${site} · ${names || (user ? `user ${toHex(user.id)}` : 'unknown user')}`);
}

export const FINGERPRINT_WORDS = {
  title: 'Fingerprints',
  none: 'No fingerprint is enrolled.',
  add: 'Add a finger',
  addExplained: 'The key says how often to touch its sensor.',
  askName: 'What to call it, e.g. right thumb (empty: no name):',
  sensor: 'About the sensor',
  rename: 'Give it another name',
  delete: 'Delete it',
  noName: 'no name',
} as const;

export const SETTINGS_WORDS = {
  title: 'Settings',
  show: 'Show all',
  alwaysUvOn: 'Always verify the user, by PIN or finger',
  alwaysUvOff: 'Verify the user only where a site asks for it',
  noSuchSetting: 'this key does not have that setting',
  enterpriseAttestation: 'Let chosen sites see which very key this is',
  longTouch: 'Make a reset want a long touch',
  isOn: 'it is on already; only a reset turns it off',
} as const;

export const BLOB_WORDS = {
  title: 'Data kept on the key. What one passkey keeps is found under Passkeys.',
  list: 'Who keeps how much, and the room left',
  compact: 'Drop what no passkey on the key can open any more',
} as const;

export const SOFTWARE_WORDS = {
  title: 'Software keys',
  none: 'There are none yet.',
  demo: 'Make "demo", with sample passkeys and fingerprints',
  make: 'Make another one',
  makeExplained: 'Choose its name and which real key it behaves like.',
  models: 'Which keys can they behave like?',
  askName: 'Its name, e.g. practice (empty: make none):',
  askModel: 'Which key shall it behave like?',
  askDemo: 'With sample passkeys and fingerprints, and the PIN 12345678?',
  use: 'Use it',
  useExplained: 'Everything a real key can do.',
  replug: 'Take it out and put it back in',
  serveUhid: 'Plug it into this computer for other programs (Linux, as root)',
  serveVpcd: 'Put it on a virtual reader for other programs (vsmartcard)',
  delete: 'Delete it',
} as const;

export const TRACE_WORDS = {
  askFile: 'Trace file (empty: none):',
} as const;

export const EACH_WORDS = {
  askJournal: 'Journal to add a line for each key to (empty: none):',
} as const;
