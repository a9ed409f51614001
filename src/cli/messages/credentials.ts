/** `seckey credentials`. */

import { coseAlgName, describeCoseKey, toHex } from '../../ctap2/index.ts';
import { credentials } from '../../index.ts';
import { algOf, largeBlobKeyOf } from '../credential-document.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { plural } from '../terminal/text.ts';

export function relyingPartyWords({ id, idShortened, name, rpIDHash }: credentials.RelyingParty): string {
  if (id === undefined) return `unknown site ${toHex(rpIDHash)}`;
  const notes = [name !== undefined && name !== id && escaped(name), idShortened && 'the key shortened this address'];
  const shown = notes.filter(Boolean);
  return `${escaped(id)}${shown.length ? `  (${shown.join('; ')})` : ''}`;
}

/** Cells of one line: ID, user name, display name, algorithm, notes. */
export function credentialRow(credential: credentials.Credential, idLength: number): string[] {
  const { credentialId, user, publicKey, credProtect, hasLargeBlobKey } = credential;
  const notes = [credProtect === 3 && 'needs PIN or finger', hasLargeBlobKey && 'blob key'].filter(Boolean);
  return [
    toHex(credentialId).slice(0, idLength),
    escaped(user?.name ?? (user ? `user ${toHex(user.id)}` : 'unknown user')),
    escaped(user?.displayName ?? ''),
    publicKey ? describeCoseKey(publicKey).alg : '',
    notes.join(', '),
  ];
}

const CRED_PROTECT: Readonly<Record<number, string>> = {
  1: 'shown without PIN or fingerprint',
  2: 'shown without PIN or fingerprint only to those who know its ID',
  3: 'used only with PIN or fingerprint',
};

/** Label and value of everything known. @param isListed as listsLargeBlobKeys */
export function credentialLines(
  rp: credentials.RelyingParty,
  credential: credentials.Credential,
  isListed: boolean,
): [label: string, value: string][] {
  const { credentialId, user, publicKey, credProtect, thirdPartyPayment } = credential;
  const largeBlobKey = largeBlobKeyOf(credential, isListed);
  const alg = algOf(credential);
  const lines: [string, string | undefined][] = [
    ['Site', relyingPartyWords(rp)],
    ['Site hash', toHex(rp.rpIDHash)],
    ['Credential ID', toHex(credentialId)],
    ['User', user?.name && escaped(user.name)],
    ['Display name', user?.displayName && escaped(user.displayName)],
    ['User ID', user && toHex(user.id)],
    [
      'Key type',
      publicKey && `${coseAlgName(alg) ?? describeCoseKey(publicKey).alg} (${describeCoseKey(publicKey).kty})`,
    ],
    [
      'Protection',
      credProtect === undefined ? undefined : `${CRED_PROTECT[credProtect] ?? 'unknown'} (credProtect ${credProtect})`,
    ],
    ['Large-blob key', largeBlobKey === undefined ? 'the key does not tell' : largeBlobKey ? 'yes' : 'no'],
    ['For payments', thirdPartyPayment === undefined ? undefined : thirdPartyPayment ? 'yes' : 'no'],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined && line[1] !== '');
}

/** Credentials in a sentence, each with the beginning of its ID that means it alone on this key. */
export function credentialNames(
  all: readonly credentials.RelyingPartyCredentials[],
): (rp: credentials.RelyingParty, credential: credentials.Credential) => string {
  const shortId = credentials.shortIds(all.flatMap(({ credentials }) => credentials));
  return (rp, { credentialId, user }) => {
    const who = user?.displayName || user?.name;
    const site = rp.id ?? `the site ${toHex(rp.rpIDHash)}`;
    return escaped(`${who ? `${who} at ` : ''}${site} (${shortId(credentialId)})`);
  };
}

export function noneOf(rp: string): string {
  return `There is no passkey for ${escaped(rp)} on this key.`;
}

export function storage({ existing, remaining }: credentials.CredentialMetadata): string {
  const room = remaining === undefined ? '' : ` There is room for about ${remaining} more.`;
  if (existing === undefined) return `The key does not count its passkeys.${room}`;
  return `${existing === 0 ? 'There are no passkeys' : plural(existing, 'passkey')} on this key.${room}`;
}

export const NOT_STORED = 'Accounts that use the key without a passkey, e.g. as a second factor, are not stored on it.';
export const CSV_IS_NO_JSON: FailureText = {
  message: '--json and --format csv contradict each other',
  hint: 'Leave one of them out.',
};

export const DELETING = 'deleting a passkey cannot be undone';

/** @param names of the credentials, as {@link credentialNames} gives them */
export function deletingConsent(names: readonly string[]): { what: string; lines: string[]; question: string } {
  return {
    what: DELETING,
    lines: [
      `This deletes ${plural(names.length, 'passkey')}. It cannot be undone:`,
      ...names.map((name) => `  ${name}`),
      'An account with no other way to sign in is lost.',
    ],
    question: names.length === 1 ? 'Delete it?' : 'Delete them?',
  };
}

export function deleted(name: string): string {
  return `Deleted ${name}.`;
}

export function notDeleted(name: string): string {
  return `Not deleted: ${name}.`;
}

/** The answer was lost, or the key said so and could not be asked. */
export function uncertain(name: string): string {
  return `Whether it is deleted is not known: ${name}.`;
}

/** @param count as the key counts; absent if it does not */
export function left(count: number | undefined): string {
  const account = 'Remove the key from the account, too.';
  return count === undefined ? account : `${plural(count, 'passkey')} left on this key. ${account}`;
}

/** @param isListed the key still lists a large-blob key: without one, it is not known whose the blobs are */
export function nextCompact(isListed: boolean): string {
  return `A large blob may have stayed behind. Next: seckey blobs compact${isListed ? '' : ' --find-owners'}`;
}

export const SHORTENED = 'The key keeps only the beginning of long names.';
export const CHANGED = 'Changed on the key. The account itself keeps its names.';

export const NOTHING_TO_CHANGE: FailureText = {
  message: 'nothing to change: neither --name nor --display-name is given',
  hint: 'For example --name bala@contoso.com',
};
export const NO_USER: FailureText = {
  message: 'the key does not tell whose passkey this is, so its names cannot be changed',
  hint: 'Sign in to the account and register the key again, with the names you want.',
};
