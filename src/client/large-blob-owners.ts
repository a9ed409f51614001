/** The credentials of a key with their large-blob keys, for as long as they are needed. */

import { toHex, wipe } from '../encoding/bytes.ts';
import { FidoError } from '../errors.ts';
import type { Authorization } from './authorization.ts';
import { findCredential, type NamedCredential } from './credential-id.ts';
import { listCredentials } from './credentials.ts';
import type { Session } from './session.ts';

export interface LargeBlobOwner extends NamedCredential {
  /** 32 bytes, secret; absent if the credential was made without. */
  largeBlobKey?: Uint8Array | undefined;
}

const KEY_LENGTH = 32;

/**
 * Enumerates all credentials, does `work`, and wipes their large-blob keys whatever happens. One exchange for each relying
 * party and each credential. Permission cm.
 * @throws {FidoError} as listCredentials; `malformed-response` for a large-blob key that is none
 */
export async function withLargeBlobOwners<T>(
  session: Session,
  authorization: Authorization,
  work: (owners: readonly LargeBlobOwner[]) => Promise<T>,
): Promise<T> {
  const owners: LargeBlobOwner[] = [];
  try {
    // Without metadata: a key that miscounts must not make blobs look as if they were nobody's.
    for await (const { id: rpId, credentials } of listCredentials(session, authorization, { largeBlobKeys: true })) {
      for (const { credentialId, largeBlobKey, user } of credentials) {
        owners.push({ credentialId, rpId, userName: user?.name, largeBlobKey });
      }
    }
    if (owners.some(({ largeBlobKey }) => largeBlobKey && largeBlobKey.length !== KEY_LENGTH)) {
      throw new FidoError('malformed-response', `the key gives a key for large blobs that has not ${KEY_LENGTH} bytes`);
    }
    return await work(owners);
  } finally {
    for (const { largeBlobKey } of owners) wipe(largeBlobKey);
  }
}

/**
 * The one credential that `text` means, which can have a blob.
 * @throws {FidoError} `not-found`, `ambiguous`, `unsupported` if it was made without a large-blob key
 */
export function findOwner(
  owners: readonly LargeBlobOwner[],
  text: string,
): LargeBlobOwner & { largeBlobKey: Uint8Array } {
  const { largeBlobKey, ...owner } = findCredential(owners, text);
  if (largeBlobKey) return { ...owner, largeBlobKey };
  throw new FidoError(
    'unsupported',
    `the credential ${shownId(owner.credentialId)} can have no large blob: it was made without a key for it`,
    { hint: 'The site must ask for that (extension largeBlobKey) when it makes the credential.' },
  );
}

/** A credential ID as messages name it. */
export function shownId(credentialId: Uint8Array): string {
  const id = toHex(credentialId);
  return id.length > 24 ? `${id.slice(0, 24)}…` : id;
}
