/** Discoverable credentials on a key: which there are, deleting them, renaming their users (CTAP 2.3 §6.8). */
export {
  type DeletionOutcome,
  deleteCredentials as delete,
  type StoredCredential,
  type UpdatedCredential,
  type UpdateOptions,
  type UserName,
  updateUserInformation as updateUser,
} from './changes.ts';
export {
  distinctLength,
  findCredential as find,
  matchCredentialId as matchId,
  type NamedCredential,
  shortIds,
} from './credential-id.ts';
export {
  type Credential,
  type CredentialMetadata,
  credentialMetadata as metadata,
  credentialReadPermission as readPermission,
  type ListOptions,
  listCredentials as list,
  listsLargeBlobKeys,
  type RelyingParty,
  type RelyingPartyCredentials,
  requireCredentialManagement as requireSupport,
  requireUpdate as requireUpdateSupport,
  supportsCredentialManagement as supports,
  supportsUpdate,
} from './credentials.ts';
