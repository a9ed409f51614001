/** The large-blob key of a credential by signing in with it, for keys that do not list it (CTAP 2.3 §12.3). */

import { randomBytes } from 'node:crypto';
import { getAssertion, getAssertionAuthMessage } from '../../ctap2/commands/get-assertion.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { PUBLIC_KEY } from '../../ctap2/entities.ts';
import { rpIDHash as hashOf } from '../../ctap2/rp-id.ts';
import { equalBytes, wipe } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import type { Authorization } from '../authorization/authorization.ts';
import type { Session } from '../session.ts';

const EXTENSION = 'largeBlobKey';
export const LARGE_BLOB_KEY_LENGTH = 32;

/** @throws {FidoError} `unsupported` if the key has no such extension */
export function requireLargeBlobKeyExtension({ extensions = [] }: AuthenticatorInfo): void {
  if (extensions.includes(EXTENSION)) return;
  throw new FidoError(
    'unsupported',
    `this key cannot tell whose large blobs are: it lacks the extension ${EXTENSION}`,
    {
      hint: 'See what it can do.',
      situation: { id: 'extension-missing' },
    },
  );
}

export interface AssertedCredential {
  /** The whole of it, not what the key may have shortened it to. */
  rpId: string;
  credentialId: Uint8Array;
}

/**
 * Asks the key to sign random bytes, which are good for signing in nowhere, and takes the large-blob key that comes along.
 * One exchange and, on most keys, a touch. Permission ga with this rpId.
 * @returns 32 bytes, secret: whoever gets them wipes them. Undefined if the credential was made without.
 * @throws {FidoError} `malformed-response`, `touch-timeout`, `operation-denied`
 * @throws {CtapStatusError} with NO_CREDENTIALS if the key does not find the credential
 */
export async function assertLargeBlobKey(
  session: Session,
  authorization: Authorization,
  { rpId, credentialId }: AssertedCredential,
): Promise<Uint8Array | undefined> {
  const clientDataHash = new Uint8Array(randomBytes(32));
  const request = {
    rpId,
    clientDataHash,
    allowList: [{ id: credentialId, type: PUBLIC_KEY }],
    extensions: new Map([[EXTENSION, true]]),
  };
  const message = getAssertionAuthMessage(request);
  // A key that refuses the token has not signed in, so the command may be sent again with another one.
  const { credential, authData, largeBlobKey } = await authorization.run(
    (authenticate) => session.call(getAssertion, { ...request, ...authenticate(message) }),
    { replay: true },
  );
  const isMeant =
    (!credential || equalBytes(credential.id, credentialId)) && equalBytes(authData.subarray(0, 32), hashOf(rpId));
  if (!isMeant || (largeBlobKey && largeBlobKey.length !== LARGE_BLOB_KEY_LENGTH)) {
    wipe(largeBlobKey);
    throw new FidoError(
      'malformed-response',
      isMeant ? 'the key gives a large-blob key of a wrong length' : 'the key answers for another passkey',
      { hint: 'Replug the key and try again. If it stays, the key is damaged or not what it claims to be.' },
    );
  }
  return largeBlobKey;
}
