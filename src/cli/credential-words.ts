/** Credentials as JSON, CSV rows and words. Everything for a person is escaped here. */
import {
  type Credential,
  type CredentialMetadata,
  coseAlgName,
  describeCoseKey,
  type RelyingParty,
  type RelyingPartyCredentials,
  toHex,
} from '../index.ts';
import { foreignCell } from './csv.ts';
import { escaped } from './escape.ts';

/** COSE's label of the algorithm. */
const ALG = 3;

function algOf({ publicKey }: Credential): number | undefined {
  const alg = publicKey?.get(ALG);
  return typeof alg === 'number' ? alg : undefined;
}

/** The member `credentials[]` of the JSON document. */
export function credentialDocument(credential: Credential): object {
  const { credentialId, user, publicKey, credProtect, hasLargeBlobKey, thirdPartyPayment } = credential;
  return {
    credentialId: toHex(credentialId),
    ...(user ? { user: { id: toHex(user.id), ...given({ name: user.name, displayName: user.displayName }) } } : {}),
    ...(publicKey ? { publicKey: { kty: describeCoseKey(publicKey).kty, ...given({ alg: algOf(credential) }) } } : {}),
    ...given({ credProtect }),
    largeBlobKey: hasLargeBlobKey,
    ...given({ thirdPartyPayment }),
  };
}

/** A credential alone, with its relying party. */
export function soleDocument({ rp, credential }: { rp: RelyingParty; credential: Credential }): object {
  return { ...given({ rpId: rp.id }), ...credentialDocument(credential) };
}

export function listDocument(
  { existing, remaining }: CredentialMetadata,
  relyingParties: readonly RelyingPartyCredentials[],
): object {
  return {
    existing,
    ...given({ remaining }),
    relyingParties: relyingParties.map(({ id, idShortened, name, rpIDHash, credentials }) => ({
      ...given({ id, name }),
      ...(idShortened ? { idShortened } : {}),
      rpIDHash: toHex(rpIDHash),
      credentials: credentials.map(credentialDocument),
    })),
  };
}

/** Absent means unknown. */
function given(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export const CSV_HEADER = [
  'rpId',
  'rpName',
  'rpIDHash',
  'credentialId',
  'userId',
  'userName',
  'userDisplayName',
  'kty',
  'alg',
  'credProtect',
  'largeBlobKey',
  'thirdPartyPayment',
];

/** Rows under {@link CSV_HEADER}. */
export function csvRows(relyingParties: readonly RelyingPartyCredentials[]): string[][] {
  return relyingParties.flatMap(({ id, name, rpIDHash, credentials }) =>
    credentials.map((credential) => [
      foreignCell(id ?? ''),
      foreignCell(name ?? ''),
      toHex(rpIDHash),
      toHex(credential.credentialId),
      credential.user ? toHex(credential.user.id) : '',
      foreignCell(credential.user?.name ?? ''),
      foreignCell(credential.user?.displayName ?? ''),
      credential.publicKey ? describeCoseKey(credential.publicKey).kty : '',
      String(algOf(credential) ?? ''),
      String(credential.credProtect ?? ''),
      String(credential.hasLargeBlobKey),
      String(credential.thirdPartyPayment ?? ''),
    ]),
  );
}

const SHORTEST_ID = 8;

/** How many hex digits tell all these IDs apart, eight at least. */
export function distinctLength(credentials: readonly Credential[]): number {
  const ids = [...new Set(credentials.map(({ credentialId }) => toHex(credentialId)))].sort();
  // In order, the longest beginning that any two share is shared by neighbours.
  const shared = ids.slice(1).map((id, i) => {
    const before = ids[i] ?? '';
    let length = 0;
    while (length < id.length && id[length] === before[length]) length++;
    return length;
  });
  return Math.max(SHORTEST_ID, ...shared.map((length) => length + 1));
}

export function relyingPartyWords({ id, idShortened, name, rpIDHash }: RelyingParty): string {
  if (id === undefined) return `unknown site ${toHex(rpIDHash)}`;
  const notes = [name !== undefined && name !== id && escaped(name), idShortened && 'the key shortened this address'];
  const shown = notes.filter(Boolean);
  return `${escaped(id)}${shown.length ? `  (${shown.join('; ')})` : ''}`;
}

/** Cells of one line: ID, user name, display name, algorithm, notes. */
export function credentialRow(credential: Credential, idLength: number): string[] {
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

/** Label and value of everything known. */
export function credentialLines(rp: RelyingParty, credential: Credential): [label: string, value: string][] {
  const { credentialId, user, publicKey, credProtect, hasLargeBlobKey, thirdPartyPayment } = credential;
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
    ['Large-blob key', hasLargeBlobKey ? 'yes' : 'no'],
    ['For payments', thirdPartyPayment === undefined ? undefined : thirdPartyPayment ? 'yes' : 'no'],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined && line[1] !== '');
}

/** A credential in a sentence. */
export function credentialName(rp: RelyingParty, { credentialId, user }: Credential): string {
  const who = user?.displayName || user?.name;
  const site = rp.id ?? `the site ${toHex(rp.rpIDHash).slice(0, 16)}…`;
  return escaped(`${who ? `${who} at ` : ''}${site} (${toHex(credentialId).slice(0, 16)})`);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
