/** authenticatorCredentialManagement and its preview, CTAP 2.3 §6.8 and §6.13. */
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import {
  CREDENTIAL_MANAGEMENT_SUBCOMMAND,
  type CredentialManagementParams,
  type credentialManagement,
  credentialManagementAuthMessage,
  credentialManagementParams,
} from '../../ctap2/commands/credential-management.ts';
import { rpIDHash } from '../../ctap2/rp-id.ts';
import type { RequestOf, ResponseOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { equalBytes, utf8 } from '../../encoding/bytes.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { currentOptions } from '../current-options.ts';
import type { PinUvAuthToken } from '../pin-uv-auth/pin-uv-auth-token.ts';
import { holdsPersistentToken, requireToken } from '../pin-uv-auth/require-token.ts';
import {
  credentialById,
  type DiscoverableCredential,
  deleteCredential,
  remainingCapacity,
  storedUser,
  updateUser,
} from '../state/credentials.ts';
import { renewCredStoreState } from '../state/identity.ts';
import { enumerateCredentials, enumerateRPs, nextCredential, nextRP } from './credential-enumeration.ts';

type Request = RequestOf<typeof credentialManagement>;
type Response = ResponseOf<typeof credentialManagement>;

export const handleCredentialManagement: Handler<typeof credentialManagement> = (request, context) =>
  handle(request, context, { preview: false });

/**
 * The preview of FIDO_2_1_PRE has neither updateUserInformation nor the persistent token. A key that has both commands
 * takes its number as another one for credentialManagement: libfido2 1.12 to 1.14 uses only that number, to rename
 * users too.
 */
export const handleCredentialManagementPreview: Handler<typeof credentialManagement> = (request, context) =>
  handle(request, context, { preview: !context.model.commands.includes('credentialManagement') });

interface Generation {
  preview: boolean;
}

function handle(request: Request, context: CommandContext, generation: Generation): Response {
  const { volatile, model } = context;
  switch (request.subCommand) {
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateRPsGetNextRP:
      return nextRP(context);
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateCredentialsGetNextCredential:
      return nextCredential(context);
  }
  volatile.sequence.end();
  switch (request.subCommand) {
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.getCredsMetadata:
      requireReader(request, context, generation, undefined);
      return metadata(context);
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateRPsBegin:
      requireReader(request, context, generation, undefined);
      return enumerateRPs(context);
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.enumerateCredentialsBegin:
      return enumerateCredentialsOf(request, context, generation);
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.deleteCredential:
      return remove(request, context);
    case CREDENTIAL_MANAGEMENT_SUBCOMMAND.updateUserInformation:
      if (!generation.preview) return rename(request, context);
      break;
  }
  return refuse(model.quirks.unknownSubCommandStatus);
}

function parameters({ subCommandParams }: Request): CredentialManagementParams {
  if (!subCommandParams) return refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  return credentialManagementParams.decode(subCommandParams, 'credentialManagement');
}

/**
 * Reading takes a token with permission cm, or the persistent one.
 * @param rpHash of the relying party that is asked about; undefined for all, which a token bound to one may not read
 * @throws {StatusError} as {@link requireToken}
 */
function requireReader(
  request: Request,
  context: CommandContext,
  { preview }: Generation,
  rpHash: Uint8Array | undefined,
): void {
  const message = credentialManagementAuthMessage(request);
  const readable = !preview && currentOptions(context).perCredMgmtRO === true;
  if (readable && holdsPersistentToken(request, message, context)) return;
  requireRp(requireToken(request, message, PERMISSION.cm, context), rpHash);
}

function requireRp({ rpId }: PinUvAuthToken, rpHash: Uint8Array | undefined): void {
  if (rpId === undefined) return;
  if (!rpHash || !equalBytes(rpIDHash(rpId), rpHash)) refuse(CTAP_STATUS.CTAP2_ERR_PIN_AUTH_INVALID);
}

function metadata({ model, state }: CommandContext): Response {
  return {
    existingResidentCredentialsCount: state.credentials.discoverable.length,
    maxPossibleRemainingResidentCredentialsCount: remainingCapacity(state.credentials, model),
  };
}

/** A token that is bound to the relying party may list its credentials, as CTAP 2.1 says and libfido2 relies on. */
function enumerateCredentialsOf(request: Request, context: CommandContext, generation: Generation): Response {
  if (!request.pinUvAuthParam) refuse(CTAP_STATUS.CTAP2_ERR_PUAT_REQUIRED);
  const { rpIDHash: rpHash } = parameters(request);
  if (!rpHash) return refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  requireReader(request, context, generation, rpHash);
  return enumerateCredentials(rpHash, context);
}

function remove(request: Request, context: CommandContext): Response {
  const { model, state, environment } = context;
  const { credential } = requireWriter(request, context);
  if (!credential && model.quirks.deletesUnknownCredentials) return {};
  if (!credential) return refuse(CTAP_STATUS.CTAP2_ERR_NO_CREDENTIALS);
  if (model.quirks.pretends?.includes('deleteCredential')) return {};
  deleteCredential(state.credentials, credential.credentialId);
  renewCredStoreState(state.identity, environment);
  return {};
}

function rename(request: Request, context: CommandContext): Response {
  const { model, state, environment } = context;
  const { credential, user } = requireWriter(request, context);
  if (!credential) return refuse(CTAP_STATUS.CTAP2_ERR_NO_CREDENTIALS);
  if (!user) return refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  if (!equalBytes(user.id, credential.user.id)) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  const room = model.storage.userNameLength ?? Number.POSITIVE_INFINITY;
  for (const name of [user.name, user.displayName]) {
    if (name !== undefined && utf8(name).length > room) refuse(CTAP_STATUS.CTAP2_ERR_KEY_STORE_FULL);
  }
  if (model.quirks.pretends?.includes('updateUserInformation')) return {};
  updateUser(state.credentials, credential.credentialId, storedUser(user, model));
  renewCredStoreState(state.identity, environment);
  return {};
}

/**
 * The credential to be changed, undefined if there is none of that ID, and the parameters.
 * @throws {StatusError} as {@link requireToken}; CTAP2_ERR_PIN_AUTH_INVALID (0x33) also if the token is bound to
 *   another relying party
 */
function requireWriter(
  request: Request,
  context: CommandContext,
): CredentialManagementParams & { credential: DiscoverableCredential | undefined } {
  const token = requireToken(request, credentialManagementAuthMessage(request), PERMISSION.cm, context);
  const params = parameters(request);
  if (!params.credentialID) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  const credential = credentialById(context.state.credentials, params.credentialID.id);
  if (credential) requireRp(token, credential.rpIDHash);
  return { ...params, credential };
}
