/** The public library: a CTAP2 client, and (under `seckey/authenticator`) a software key. */

export {
  type Authenticate,
  Authorization,
  type AuthorizationOptions,
  withAuthorization,
} from './client/authorization/authorization.ts';
export { type DecryptedInfoMembers, decryptedInfoMembers } from './client/authorization/encrypted-info.ts';
export {
  acquireToken,
  Token,
  type TokenInteraction,
  type TokenRequest,
} from './client/authorization/token.ts';
export { canUseUv } from './client/authorization/token-exchange.ts';
export {
  type AuthenticatorSettings,
  authenticatorSettings,
  type ChangeOptions,
  enableEnterpriseAttestation,
  enableLongTouchForReset,
  type SettingsChange,
  setAlwaysUv,
} from './client/config/config.ts';
export { type MinPinLength, setMinPinLength } from './client/config/min-pin-length.ts';
export {
  type DeletionOutcome,
  deleteCredentials,
  type StoredCredential,
  type UpdatedCredential,
  type UserName,
  updateUserInformation,
} from './client/credentials/changes.ts';
export {
  distinctLength,
  findCredential,
  matchCredentialId,
  type NamedCredential,
  shortIds,
} from './client/credentials/credential-id.ts';
export {
  type Credential,
  type CredentialMetadata,
  credentialMetadata,
  credentialReadPermission,
  type ListOptions,
  listCredentials,
  listsLargeBlobKeys,
  type RelyingParty,
  type RelyingPartyCredentials,
  requireCredentialManagement,
  requireUpdate,
} from './client/credentials/credentials.ts';
export {
  type EnrolledFingerprint,
  type EnrollOptions,
  enrollFingerprint,
} from './client/fingerprints/enrollment.ts';
export {
  checkFingerprintName,
  deleteFingerprint,
  type Fingerprint,
  type FingerprintSensor,
  findFingerprint,
  fingerprintSensor,
  listFingerprints,
  renameFingerprint,
  requireFingerprints,
} from './client/fingerprints/fingerprints.ts';
export { type BlinkOptions, blink, type TouchOptions, waitForTouch } from './client/identify.ts';
export type {
  EnrollSampleNotice,
  Interaction,
  PinRequest,
  TouchPrompt,
  TouchReason,
  UserVerificationPrompt,
  WrongKeyReason,
} from './client/interaction.ts';
export {
  type CompactedLargeBlobs,
  compactLargeBlobs,
  deleteLargeBlob,
  type LargeBlobLoss,
  type LossOptions,
  type LostLargeBlob,
  setLargeBlob,
} from './client/large-blobs/changes.ts';
export type { LargeBlobUsage } from './client/large-blobs/entries.ts';
export {
  type FindingOptions,
  getLargeBlob,
  type LargeBlobEntry,
  type LargeBlobListing,
  listLargeBlobs,
  type UnknownOwners,
} from './client/large-blobs/large-blobs.ts';
export type { AskingOptions, LargeBlobOf } from './client/large-blobs/owners.ts';
export { largeBlobCapacity, readLargeBlobArray, requireLargeBlobs } from './client/large-blobs/storage.ts';
export { changePin, type PinStatus, pinStatus, setPin, verifyPin } from './client/pin/pin.ts';
export { checkNewPin, generatePin, normalizePin, type PinRules, pinRules } from './client/pin/text.ts';
export type { PinInteraction } from './client/pin/tries.ts';
export { checkReset, checkTransportForReset, type ResetCheckOptions } from './client/reset/check.ts';
export {
  type InsertionGesture,
  type RemovalGesture,
  type ResetGestures,
  resetGestures,
  type TouchGesture,
} from './client/reset/gestures.ts';
export type { KeyFinder } from './client/reset/replug.ts';
export { type ResetInteraction, type ResetOptions, resetKey } from './client/reset/reset.ts';
export { type CallOptions, hasStatus, Session, type SessionOptions } from './client/session.ts';
export { unlessInterrupted, withTimeLimit } from './client/waiting.ts';
export { CLIENT_PIN_SUBCOMMAND, clientPIN, PERMISSION } from './ctap2/commands/client-pin.ts';
export { type AuthenticatorInfo, getInfo } from './ctap2/commands/get-info.ts';
export { reset } from './ctap2/commands/reset.ts';
export { selection } from './ctap2/commands/selection.ts';
export { MAX_LARGE_BLOB_LENGTH } from './ctap2/large-blob-array.ts';
export { PIN_UV_AUTH_PROTOCOLS, type PinUvAuthProtocol } from './ctap2/pin-uv-auth-protocol.ts';
export { isShortenedRpId, isStoredFormOf, rpIDHash } from './ctap2/rp-id.ts';
export { type Command, decodeResponse, encodeRequest, SchemaError } from './ctap2/schema.ts';
export { CTAP_STATUS, type CtapStatusName, statusName } from './ctap2/status.ts';
export { accessRules } from './doctor/access-rules.ts';
export { diagnose } from './doctor/diagnose.ts';
export type { Facts } from './doctor/facts.ts';
export type { Finding, FindingId, Severity } from './doctor/finding.ts';
export { gatherFacts } from './doctor/gather-facts.ts';
export { type System, thisSystem } from './doctor/system.ts';
export { concat, equalBytes, formatAaguid, fromHex, toHex, utf8, wipe } from './encoding/bytes.ts';
export { CborError, type CborMap, type CborValue, decodeCborTolerant, encodeCbor } from './encoding/cbor.ts';
export { coseAlgName, describeCoseKey } from './encoding/cose.ts';
export {
  ApduError,
  CtapStatusError,
  FidoError,
  type FidoErrorCode,
  HidError,
  isTransportFailure,
  PinError,
  PinExchangeError,
} from './errors.ts';
export { type BatchOptions, type BatchOutcome, resetBatch } from './fleet/batch.ts';
export type { BatchEnd, FleetEvent, FleetReporter } from './fleet/events.ts';
export { openFileJournal } from './fleet/file-journal.ts';
export { type BatchSignature, type Journal, type JournalEntry, JournalError, signBatch } from './fleet/journal.ts';
export { type FleetFinder, KeyQueue } from './fleet/queue.ts';
export { type ResetPorts, resetOne } from './fleet/reset-one.ts';
export { describeKey, describeSession, type KeyDescription, modelOf, vendorSerial } from './keys/describe.ts';
export { type KeyChanges, KnownKeys, type KnownKeysOptions } from './keys/known-keys.ts';
export { type Candidate, describeAll, type KeyLister, keyFilter, matchingKeys, selectKey } from './keys/select.ts';
export { type ServedKey, serveSoftwareKeys } from './keys/serve-software-keys.ts';
export {
  createSoftwareKey,
  deleteSoftwareKey,
  listSoftwareKeys,
  replugSoftwareKey,
  type SimulatedUser,
  SoftwareKeys,
  softwareKeyModels,
} from './keys/software-keys.ts';
export type { MakerEntry } from './makers/maker.ts';
export { findMaker, type Maker, makerOf } from './makers/makers.ts';
export { NumberedAliases, type TraceAliases } from './trace/aliases.ts';
export type { TracedKey, TraceEnd, TraceEvent, TraceLine, TraceStart } from './trace/events.ts';
export { KeyTracer } from './trace/keys.ts';
export { type TracedOptions, type TraceRecord, type TraceValue, traced } from './trace/trace.ts';
export type { ReaderLimit } from './transport/backend.ts';
export {
  type CtapDevice,
  type DiscoveredKey,
  KEEPALIVE,
  type TransactOptions,
  type Transport,
} from './transport/device.ts';
export { Discovery, type DiscoveryResult } from './transport/discover.ts';
export { insertionOf } from './transport/key-place.ts';
export { namedPcscLibrary } from './transport/nfc/load-pcsc-library.ts';
export { type TransportTraits, traitsOf } from './transport/traits.ts';
export type { VendorFacet } from './transport/vendor-facet.ts';
export { modelName } from './trust/model-name.ts';
