/** Finding credentials of both kinds, and counting what they sign. */
import { PUBLIC_KEY, type PublicKeyCredentialDescriptor } from '../ctap2/entities.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { equalBytes, wipe } from '../encoding/bytes.ts';
import { type CommandContext, refuse } from './command-handler.ts';
import { type CredentialSource, openKeyHandle } from './key-handle.ts';
import { type Credentials, credentialById, type DiscoverableCredential } from './state/credentials.ts';

/** A stored credential or one that lives in its ID, of this key and this RP; or undefined. */
export function findCredential(
  credentials: Credentials,
  credentialId: Uint8Array,
  rpIDHash: Uint8Array,
): CredentialSource | undefined {
  const stored = credentialById(credentials, credentialId);
  if (stored) return equalBytes(stored.rpIDHash, rpIDHash) ? stored : undefined;
  return openKeyHandle(credentialId, rpIDHash, credentials.wrappingKey);
}

/**
 * Those of an allowList or excludeList that are credentials of this key and RP, in the list's order.
 * @throws {StatusError} 15 more entries than maxCredentialCountInList
 */
export function listedCredentials(
  list: readonly PublicKeyCredentialDescriptor[],
  rpIDHash: Uint8Array,
  { model, state }: Pick<CommandContext, 'model' | 'state'>,
): CredentialSource[] {
  const { maxCredentialCountInList } = model.info;
  if (maxCredentialCountInList !== undefined && list.length > maxCredentialCountInList) {
    refuse(CTAP_STATUS.CTAP2_ERR_LIMIT_EXCEEDED);
  }
  return list
    .filter(({ type }) => type === PUBLIC_KEY)
    .map(({ id }) => findCredential(state.credentials, id, rpIDHash))
    .filter((credential) => credential !== undefined);
}

/** The stored form of a credential, if that is what it is. */
export function asDiscoverable(credential: CredentialSource): DiscoverableCredential | undefined {
  return 'user' in credential ? (credential as DiscoverableCredential) : undefined;
}

/** Wipes the secrets of credentials that were opened for one use; those of stored ones are the state's own. */
export function wipeOpened(credentials: readonly CredentialSource[]): void {
  for (const credential of credentials) {
    if (asDiscoverable(credential)) continue;
    wipe(credential.privateKey, credential.credRandomWithUV, credential.credRandomWithoutUV);
  }
}

const MAX_SIGN_COUNT = 0xffff_ffff;

/** The signature counter for the signature that is being made (WebAuthn §6.1.1): a stored credential has its own. */
export function nextSignCount(credentials: Credentials, credential: CredentialSource): number {
  const counted = asDiscoverable(credential) ?? credentials;
  counted.signCount = Math.min(counted.signCount + 1, MAX_SIGN_COUNT);
  return counted.signCount;
}
