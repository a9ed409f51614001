/**
 * The public library: find a key with {@link Discovery}, open it with {@link Session}, and use a feature of it, each of which
 * has a namespace: `pin`, `credentials`, `fingerprints`, `largeBlobs`, `config`, `reset`, `identify`.
 *
 * A function takes the session first, then what it is about, then who permits it, then options. Who permits it
 * ({@link Authorizer}) is the {@link Interaction} of a person, or the {@link Authorization} that {@link withAuthorization}
 * gets once for several functions.
 *
 * `seckey/ctap2` has the commands themselves, `seckey/transport` ways to reach keys, `seckey/trace` records of exchanges,
 * `seckey/authenticator` the software key.
 */
export {
  type Authenticate,
  Authorization,
  type AuthorizationOptions,
  type Authorizer,
  withAuthorization,
} from './client/authorization/authorization.ts';
export { type DecryptedInfoMembers, decryptedInfoMembers } from './client/authorization/encrypted-info.ts';
export type { TokenInteraction, TokenRequest } from './client/authorization/token.ts';
export { canUseUv } from './client/authorization/token-exchange.ts';
export * as config from './client/config/index.ts';
export * as credentials from './client/credentials/index.ts';
export * as fingerprints from './client/fingerprints/index.ts';
export * as identify from './client/identify/index.ts';
export type {
  EnrollSampleNotice,
  Interaction,
  PinRequest,
  TouchPrompt,
  TouchReason,
  UserVerificationPrompt,
  WrongKeyReason,
} from './client/interaction.ts';
export * as largeBlobs from './client/large-blobs/index.ts';
export * as pin from './client/pin/index.ts';
export * as reset from './client/reset/index.ts';
export { type CallOptions, hasStatus, Session, type SessionOptions } from './client/session.ts';
export { unlessInterrupted, withTimeLimit } from './client/waiting.ts';
export { PERMISSION } from './ctap2/commands/client-pin.ts';
export type { AuthenticatorInfo } from './ctap2/commands/get-info.ts';
export * as doctor from './doctor/index.ts';
export {
  ApduError,
  CtapStatusError,
  FidoError,
  type FidoErrorCode,
  type FidoErrorOptions,
  HidError,
  isTransportFailure,
  PinError,
  PinExchangeError,
} from './errors.ts';
export { describeKey, describeSession, type KeyDescription, modelOf, vendorSerial } from './keys/describe.ts';
export { type KeyChanges, KnownKeys, type KnownKeysOptions } from './keys/known-keys.ts';
export { type Candidate, describeAll, type KeyLister, keyFilter, matchingKeys, selectKey } from './keys/select.ts';
export * as softwareKeys from './keys/software/index.ts';
export * as makers from './makers/index.ts';
export type { DiscoveredKey, Transport } from './transport/device.ts';
export { Discovery, type DiscoveryOptions, type DiscoveryResult } from './transport/discover.ts';
export { insertionOf } from './transport/key-place.ts';
export { modelName } from './trust/model-name.ts';
