import { concat } from '../../encoding/bytes.ts';
import { encodeCbor } from '../../encoding/cbor.ts';
import {
  publicKeyCredentialDescriptor,
  publicKeyCredentialRpEntity,
  publicKeyCredentialUserEntity,
} from '../entities.ts';
import {
  bool,
  bytes,
  defineCommand,
  map,
  optional,
  parameters,
  type RequestOf,
  type ResponseOf,
  required,
  struct,
  type TypeOf,
  uint,
} from '../schema.ts';

/** Subcommands of authenticatorCredentialManagement, CTAP 2.3 §6.8: parameters → members of the response. */
export const CREDENTIAL_MANAGEMENT_SUBCOMMAND = {
  /** → existingResidentCredentialsCount, maxPossibleRemainingResidentCredentialsCount. */
  getCredsMetadata: 0x01,
  /** → rp, rpIDHash, totalRPs. */
  enumerateRPsBegin: 0x02,
  /** Sent without any other member. → rp, rpIDHash. */
  enumerateRPsGetNextRP: 0x03,
  /** rpIDHash → the first credential and totalCredentials. */
  enumerateCredentialsBegin: 0x04,
  /** Sent without any other member. → the next credential. */
  enumerateCredentialsGetNextCredential: 0x05,
  /** credentialID. */
  deleteCredential: 0x06,
  /** credentialID, user. Not in the preview. */
  updateUserInformation: 0x07,
} as const;

/** Members of subCommandParams, CTAP 2.3 §6.8. `rpIDHash` is 32 bytes. */
export const credentialManagementParams = struct({
  rpIDHash: optional(0x01, bytes),
  credentialID: optional(0x02, publicKeyCredentialDescriptor),
  user: optional(0x03, publicKeyCredentialUserEntity),
});
export type CredentialManagementParams = TypeOf<typeof credentialManagementParams>;

/**
 * authenticatorCredentialManagement (0x0A), CTAP 2.3 §6.8. Permission cm, or pcmr to read. Every member of the response
 * is optional: keys without credentials answer CTAP2_ERR_NO_CREDENTIALS (0x2E), totalRPs 0, or no map at all. `rp.id`
 * may be shortened (see rp-id.ts); `publicKey` is a COSE_Key.
 */
export const credentialManagement = defineCommand({
  name: 'credentialManagement',
  code: 0x0a,
  request: struct({
    subCommand: required(0x01, uint),
    subCommandParams: optional(0x02, parameters),
    pinUvAuthProtocol: optional(0x03, uint),
    pinUvAuthParam: optional(0x04, bytes),
  }),
  response: struct({
    existingResidentCredentialsCount: optional(0x01, uint),
    maxPossibleRemainingResidentCredentialsCount: optional(0x02, uint),
    rp: optional(0x03, publicKeyCredentialRpEntity),
    rpIDHash: optional(0x04, bytes),
    totalRPs: optional(0x05, uint),
    user: optional(0x06, publicKeyCredentialUserEntity),
    credentialID: optional(0x07, publicKeyCredentialDescriptor),
    publicKey: optional(0x08, map),
    totalCredentials: optional(0x09, uint),
    credProtect: optional(0x0a, uint),
    largeBlobKey: optional(0x0b, bytes),
    thirdPartyPayment: optional(0x0c, bool),
  }),
});

/** The same command (0x41) of FIDO_2_1_PRE keys, CTAP 2.3 §6.13. */
export const credentialManagementPreview = defineCommand({
  ...credentialManagement,
  name: 'credentialManagementPreview',
  code: 0x41,
});

export type CredentialManagementRequest = RequestOf<typeof credentialManagement>;
export type CredentialManagementResponse = ResponseOf<typeof credentialManagement>;

/**
 * What pinUvAuthParam covers: `subCommand ‖ CBOR(subCommandParams)`, the latter only if sent (CTAP 2.3 §6.8.2 and
 * after).
 */
export function credentialManagementAuthMessage({
  subCommand,
  subCommandParams,
}: Pick<CredentialManagementRequest, 'subCommand' | 'subCommandParams'>): Uint8Array {
  const head = Uint8Array.of(subCommand);
  return subCommandParams ? concat(head, encodeCbor(subCommandParams)) : head;
}
