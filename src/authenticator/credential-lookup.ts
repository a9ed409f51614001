/** Finds credentials, stored ones and those that live in their ID, and counts their signatures. */
import { PUBLIC_KEY, type PublicKeyCredentialDescriptor } from '../ctap2/entities.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { equalBytes, wipe } from '../encoding/bytes.ts';
import { type CommandContext, refuse } from './command-handler.ts';
import { type CredentialSource, openKeyHandle } from './key-handle.ts';
import { type Credentials, credentialById, type DiscoverableCredential } from './state/credentials.ts';

/** The credential of that ID, stored or living in its ID; undefined if it is not of this key and this relying party. */
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
 * The credentials of this key and relying party in an allowList or excludeList, in the list's order.
 * @throws {StatusError} CTAP2_ERR_LIMIT_EXCEEDED (0x15) for more entries than maxCredentialCountInList
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

/** The credential with all that is stored of it; undefined if it lives in its ID. */
export function asDiscoverable(credential: CredentialSource): DiscoverableCredential | undefined {
  return 'user' in credential ? (credential as DiscoverableCredential) : undefined;
}

/** Wipes the secrets of credentials that were opened from their ID; those of stored ones stay in the state. */
export function wipeOpened(credentials: readonly CredentialSource[]): void {
  for (const credential of credentials) {
    if (asDiscoverable(credential)) continue;
    wipe(credential.privateKey, credential.credRandomWithUV, credential.credRandomWithoutUV);
  }
}

const MAX_SIGN_COUNT = 0xffff_ffff;

/** Counts one more signature (WebAuthn §6.1.1). A stored credential has a counter of its own, the others share one. */
export function nextSignCount(credentials: Credentials, credential: CredentialSource): number {
  const counted = asDiscoverable(credential) ?? credentials;
  counted.signCount = Math.min(counted.signCount + 1, MAX_SIGN_COUNT);
  return counted.signCount;
}
