/** Credentials as JSON and as CSV rows, and how much of their IDs tells them apart. */
import {
  type Credential,
  type CredentialMetadata,
  describeCoseKey,
  type RelyingParty,
  type RelyingPartyCredentials,
  toHex,
} from '../index.ts';
import { foreignCell } from './files/csv.ts';

/** COSE's label of the algorithm. */
const ALG = 3;

/** The COSE algorithm of the credential's key. */
export function algOf({ publicKey }: Credential): number | undefined {
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
