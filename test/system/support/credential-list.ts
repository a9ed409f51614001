/** The passkeys on a key as two programs list them, brought into the form that seckey prints. */
import type { Document } from './seckey.ts';

const KTY: Readonly<Record<number, string>> = { 1: 'OKP', 2: 'EC2', 3: 'RSA' };

/** What peers/credentials.py lists. */
export function listOfPeer({ relyingParties, ...counts }: Document): Document {
  return known({
    ...counts,
    relyingParties: relyingParties.map(({ credentials, ...rp }: Document) => ({
      ...rp,
      credentials: credentials.map(({ kty, alg, largeBlobKey, ...credential }: Document) => ({
        ...credential,
        publicKey: { kty: KTY[kty], alg },
        largeBlobKey: largeBlobKey !== undefined,
      })),
    })),
  });
}

/** That a credential has no large-blob key is known only where a key lists one for another. */
function known(list: Document): Document {
  if (credentialsOf(list).some(({ largeBlobKey }) => largeBlobKey)) return list;
  for (const { credentials } of list.relyingParties) {
    for (const credential of credentials) delete credential.largeBlobKey;
  }
  return list;
}

export function credentialsOf(list: Document): Document[] {
  return list.relyingParties.flatMap(({ id, credentials }: Document) =>
    credentials.map((credential: Document) => ({ rpId: id, ...credential })),
  );
}

/** The list after one user was given other names. */
export function renamed(
  list: Document,
  credentialId: string,
  names: { name?: string; displayName?: string },
): Document {
  const after = structuredClone(list);
  for (const { credentials } of after.relyingParties) {
    for (const credential of credentials) {
      if (credential.credentialId === credentialId) credential.user = { id: credential.user.id, ...names };
    }
  }
  return after;
}

/** The list after these were deleted. */
export function without(list: Document, ...ids: string[]): Document {
  const { existing, remaining, relyingParties } = structuredClone(list);
  for (const rp of relyingParties) {
    rp.credentials = rp.credentials.filter(({ credentialId }: Document) => !ids.includes(credentialId));
  }
  return known({
    existing: existing - ids.length,
    remaining: remaining + ids.length,
    relyingParties: relyingParties.filter(({ credentials }: Document) => credentials.length > 0),
  });
}

/** The list of one site alone. */
export function onlyOf(list: Document, rpId: string): Document {
  const copy = structuredClone(list);
  return known({ ...copy, relyingParties: copy.relyingParties.filter(({ id }: Document) => id === rpId) });
}

/** In an order of its own: in which order a key lists sites is its own affair, and deleting may change it. */
export function bySite(list: Document): Document {
  const order = (one: Document, other: Document) => (one.id < other.id ? -1 : 1);
  return { ...list, relyingParties: list.relyingParties.toSorted(order) };
}
