/**
 * CTAP2 as it is spoken (`seckey/ctap2`): the commands with their members, status codes, extensions, authenticator data and
 * PIN/UV auth protocols, and CBOR and COSE as CTAP2 has them. Nothing here does input or output; `Session.call` of `seckey`
 * sends a command.
 */
export { concat, equalBytes, formatAaguid, fromHex, toHex, utf8, wipe } from '../encoding/bytes.ts';
export {
  CborError,
  type CborMap,
  type CborValue,
  decodeCborStrict,
  decodeCborTolerant,
  encodeCbor,
} from '../encoding/cbor.ts';
export {
  COSE_ALG,
  type CoseAlgName,
  type CosePublicKey,
  coseAlgName,
  describeCoseKey,
  type Ec2Alg,
  publicKeyFromCose,
  publicKeyToCose,
} from '../encoding/cose.ts';
export {
  type AttestedCredentialData,
  AUTHENTICATOR_DATA_FLAG,
  type AuthenticatorData,
  buildAuthenticatorData,
  parseAuthenticatorData,
} from './authenticator-data.ts';
export {
  AUTHENTICATOR_CONFIG_SUBCOMMAND,
  type AuthenticatorConfigRequest,
  authenticatorConfig,
  authenticatorConfigAuthMessage,
  type SetMinPINLengthParams,
  setMinPINLengthParams,
  type VendorPrototypeParams,
  vendorPrototypeParams,
} from './commands/authenticator-config.ts';
export {
  BIO_ENROLLMENT_SUBCOMMAND,
  type BioEnrollmentParams,
  type BioEnrollmentRequest,
  type BioEnrollmentResponse,
  bioEnrollment,
  bioEnrollmentAuthMessage,
  bioEnrollmentParams,
  bioEnrollmentPreview,
  ENROLL_SAMPLE_STATUS,
  type EnrollSampleStatusName,
  enrollSampleStatusName,
  FINGERPRINT_KIND,
  MODALITY,
  type TemplateInfo,
  templateInfo,
} from './commands/bio-enrollment.ts';
export { CLIENT_PIN_SUBCOMMAND, clientPIN, PERMISSION } from './commands/client-pin.ts';
export {
  CREDENTIAL_MANAGEMENT_SUBCOMMAND,
  type CredentialManagementParams,
  type CredentialManagementRequest,
  type CredentialManagementResponse,
  credentialManagement,
  credentialManagementAuthMessage,
  credentialManagementParams,
  credentialManagementPreview,
} from './commands/credential-management.ts';
export {
  type GetAssertionRequest,
  type GetAssertionResponse,
  getAssertion,
  getAssertionAuthMessage,
} from './commands/get-assertion.ts';
export { type AuthenticatorInfo, getInfo } from './commands/get-info.ts';
export { getNextAssertion } from './commands/get-next-assertion.ts';
export { COMMANDS, type CommandName } from './commands/index.ts';
export {
  type LargeBlobsRequest,
  type LargeBlobsResponse,
  largeBlobs,
  largeBlobsAuthMessage,
  maxFragmentLength,
} from './commands/large-blobs.ts';
export {
  ENTERPRISE_ATTESTATION,
  type MakeCredentialRequest,
  type MakeCredentialResponse,
  makeCredential,
  makeCredentialAuthMessage,
} from './commands/make-credential.ts';
export { reset } from './commands/reset.ts';
export { selection } from './commands/selection.ts';
export {
  PUBLIC_KEY,
  type PublicKeyCredentialDescriptor,
  type PublicKeyCredentialParameters,
  type PublicKeyCredentialRpEntity,
  type PublicKeyCredentialUserEntity,
} from './entities.ts';
export { CRED_PROTECT, type CredProtect } from './extensions/cred-protect.ts';
export type { Extension, ExtensionCommand, ExtensionUse, InputOf, OutputOf } from './extensions/extension.ts';
export { HMAC_SECRET_LENGTH, type HmacSecretInput } from './extensions/hmac-secret.ts';
export {
  EXTENSION_INPUTS,
  EXTENSION_OUTPUTS,
  EXTENSIONS,
  type ExtensionIdentifier,
  type ExtensionName,
} from './extensions/index.ts';
export {
  type LargeBlobArray,
  MAX_LARGE_BLOB_LENGTH,
  type OpenedLargeBlob,
  openLargeBlob,
  parseLargeBlobArray,
  sealLargeBlob,
  serializeLargeBlobArray,
} from './large-blob-array.ts';
export {
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthProtocol,
  type PinUvAuthProtocolNumber,
  padPin,
  pinHash,
} from './pin-uv-auth-protocol.ts';
export { isShortenedRpId, isStoredFormOf, MIN_STORED_RP_ID_LENGTH, rpIDHash, shortenRpId } from './rp-id.ts';
export {
  any,
  arrayOf,
  bool,
  bytes,
  type Codec,
  type Command,
  decodeRequest,
  decodeResponse,
  defineCommand,
  encodeRequest,
  encodeResponse,
  int,
  type Member,
  type Members,
  type MemberType,
  map,
  nothing,
  optional,
  parameters,
  type RequestOf,
  type ResponseOf,
  recordOf,
  required,
  SchemaError,
  type StructCodec,
  type StructOf,
  struct,
  type TypeOf,
  text,
  tolerantStruct,
  uint,
  uint64,
} from './schema.ts';
export { CTAP_STATUS, type CtapStatusName, statusName } from './status.ts';
