/** Credentials as JSON and as CSV rows. */

import { describeCoseKey, toHex } from '../ctap2/index.ts';
import { credentials } from '../index.ts';
import { foreignCell } from './files/csv.ts';

/** COSE's label of the algorithm. */
const ALG = 3;

/** The COSE algorithm of the credential's key. */
export function algOf({ publicKey }: credentials.Credential): number | undefined {
  const alg = publicKey?.get(ALG);
  return typeof alg === 'number' ? alg : undefined;
}

/** Whether the credential has a large-blob key; undefined where the key does not tell. @param isListed as listsLargeBlobKeys */
export function largeBlobKeyOf({ hasLargeBlobKey }: credentials.Credential, isListed: boolean): boolean | undefined {
  return hasLargeBlobKey || isListed ? hasLargeBlobKey : undefined;
}

/** The member `credentials[]` of the JSON document. */
export function credentialDocument(credential: credentials.Credential, isListed: boolean): object {
  const { credentialId, user, publicKey, credProtect, thirdPartyPayment } = credential;
  return {
    credentialId: toHex(credentialId),
    ...(user ? { user: { id: toHex(user.id), ...given({ name: user.name, displayName: user.displayName }) } } : {}),
    ...(publicKey ? { publicKey: { kty: describeCoseKey(publicKey).kty, ...given({ alg: algOf(credential) }) } } : {}),
    ...given({ credProtect, largeBlobKey: largeBlobKeyOf(credential, isListed), thirdPartyPayment }),
  };
}

/** A credential alone, with its relying party. */
export function soleDocument(
  { rp, credential }: { rp: credentials.RelyingParty; credential: credentials.Credential },
  isListed: boolean,
): object {
  return { ...given({ rpId: rp.id }), ...credentialDocument(credential, isListed) };
}

export function listDocument(
  { existing, remaining }: credentials.CredentialMetadata,
  relyingParties: readonly credentials.RelyingPartyCredentials[],
): object {
  const isListed = credentials.listsLargeBlobKeys(relyingParties);
  return {
    ...given({ existing, remaining }),
    relyingParties: relyingParties.map(({ id, idShortened, name, rpIDHash, credentials }) => ({
      ...given({ id, name }),
      ...(idShortened ? { idShortened } : {}),
      rpIDHash: toHex(rpIDHash),
      credentials: credentials.map((credential) => credentialDocument(credential, isListed)),
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

/** Rows under {@link CSV_HEADER}; what is not known is empty. @param isListed as listsLargeBlobKeys says of the whole list */
export function csvRows(relyingParties: readonly credentials.RelyingPartyCredentials[], isListed: boolean): string[][] {
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
      String(largeBlobKeyOf(credential, isListed) ?? ''),
      String(credential.thirdPartyPayment ?? ''),
    ]),
  );
}
