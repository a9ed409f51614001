/** authenticatorCredentialManagement for people: what is on the key (CTAP 2.3 §6.8). */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import {
  type CredentialManagementParams,
  type CredentialManagementResponse,
  credentialManagement,
  credentialManagementAuthMessage,
  credentialManagementParams,
  credentialManagementPreview,
  CREDENTIAL_MANAGEMENT_SUBCOMMAND as SUB,
} from '../../ctap2/commands/credential-management.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import type { PublicKeyCredentialUserEntity } from '../../ctap2/entities.ts';
import { rpIDHash as hashOf, isShortenedRpId } from '../../ctap2/rp-id.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { toHex, wipe } from '../../encoding/bytes.ts';
import type { CborMap } from '../../encoding/cbor.ts';
import { FidoError } from '../../errors.ts';
import { Authorization, type Authorizer, authorize } from '../authorization/authorization.ts';
import { type CallOptions, hasStatus, type Session } from '../session.ts';
import { enumerate, restartingOnce } from './enumeration.ts';

/** How many discoverable credentials there are, and how many more the key thinks it has room for. */
export interface CredentialMetadata {
  /** Absent where the key does not tell. */
  existing?: number | undefined;
  remaining?: number | undefined;
}

/** Text in it comes from relying parties; it is not escaped. */
export interface RelyingParty {
  /** As the key shows it; absent if it shows none. */
  id?: string | undefined;
  /** The key stored only a part of the id, or another one than it was made for: `rpIDHash` alone is certain. */
  idShortened: boolean;
  name?: string | undefined;
  /** SHA-256 of the RP ID, 32 bytes. */
  rpIDHash: Uint8Array;
}

/** A discoverable credential as the key lists it (CTAP 2.3 §6.8.4). Text in it is not escaped. */
export interface Credential {
  credentialId: Uint8Array;
  /** Absent, or without names, on some keys. */
  user?: PublicKeyCredentialUserEntity | undefined;
  /** COSE_Key. */
  publicKey?: CborMap | undefined;
  /** 1 optional, 2 optional with the credential's id, 3 required. */
  credProtect?: number | undefined;
  /**
   * The key listed a large-blob key with it. That it did not means that there is none only where {@link listsLargeBlobKeys}.
   */
  hasLargeBlobKey: boolean;
  /** The key itself, 32 bytes and secret; only with `largeBlobKeys`. Whoever asked for it wipes it. */
  largeBlobKey?: Uint8Array | undefined;
  thirdPartyPayment?: boolean | undefined;
}

/** A relying party with its credentials on this key. */
export interface RelyingPartyCredentials extends RelyingParty {
  credentials: Credential[];
}

/**
 * Whether the key has shown that it lists large-blob keys, by giving at least one. Some give them only to who signs in
 * with the credential: of those, nothing follows from a list without.
 */
export function listsLargeBlobKeys(listing: readonly RelyingPartyCredentials[]): boolean {
  return listing.some(({ credentials }) => credentials.some(({ hasLargeBlobKey }) => hasLargeBlobKey));
}

/** What {@link listCredentials} reads, and whom it tells. */
export interface ListOptions {
  /** What {@link credentialMetadata} said: with none existing nothing is asked. */
  metadata?: CredentialMetadata | undefined;
  /** Lists only relying parties for which this is true. */
  rp?: ((rp: RelyingParty) => boolean) | undefined;
  /** Called after each credential with how many there have been. */
  onProgress?: ((count: number) => void) | undefined;
  /** Keep the credentials' large-blob keys; without, they are wiped at once. */
  largeBlobKeys?: boolean | undefined;
}

/** Whether the key can list and delete its credentials: the options credMgmt or credentialMgmtPreview (CTAP 2.3 §6.4). */
export function supportsCredentialManagement({ options = {} }: AuthenticatorInfo): boolean {
  return options.credMgmt === true || options.credentialMgmtPreview === true;
}

/** @throws {FidoError} `unsupported` if the key cannot manage credentials */
export function requireCredentialManagement(info: AuthenticatorInfo): void {
  if (supportsCredentialManagement(info)) return;
  throw new FidoError('unsupported', 'this key cannot list or delete its credentials: it lacks the option credMgmt', {
    hint: 'That came with CTAP 2.1. On older keys only a reset removes credentials: all of them.',
  });
}

/** The least permission that reads credentials on this key: pcmr where it has a lasting token for that, else cm. */
export function credentialReadPermission({ options = {} }: AuthenticatorInfo): number {
  return options.perCredMgmtRO && options.pinUvAuthToken ? PERMISSION.pcmr : PERMISSION.cm;
}

/**
 * getCredsMetadata, one exchange besides the token (CTAP 2.3 §6.8.2). Permission cm or pcmr.
 * @throws {FidoError} `unsupported`; as acquireToken
 */
export async function credentialMetadata(session: Session, authorizer: Authorizer): Promise<CredentialMetadata> {
  const info = await session.info();
  requireCredentialManagement(info);
  const request = { permissions: credentialReadPermission(info) };
  return authorize(session, request, authorizer, (authorization) => readMetadata(session, authorization));
}

async function readMetadata(session: Session, authorization: Authorization): Promise<CredentialMetadata> {
  const { remainingDiscoverableCredentials } = await session.info();
  try {
    const answer = await manageCredentials(session, authorization, SUB.getCredsMetadata);
    return {
      existing: answer.existingResidentCredentialsCount,
      remaining: answer.maxPossibleRemainingResidentCredentialsCount ?? remainingDiscoverableCredentials,
    };
  } catch (error) {
    if (!hasStatus(error, S.CTAP2_ERR_NO_CREDENTIALS)) throw error;
    return { existing: 0, remaining: remainingDiscoverableCredentials };
  }
}

/**
 * The credentials of the key, one relying party after the other, each read only when the one before was taken. One
 * exchange for each relying party and one for each credential, besides the token. Permission cm without rpId, or pcmr.
 * With a person as `authorizer`, the token is wiped when the list is at its end or is left.
 * @throws {FidoError} `unsupported`, `malformed-response`, `state-lost`; as acquireToken
 */
export async function* listCredentials(
  session: Session,
  authorizer: Authorizer,
  options: ListOptions = {},
): AsyncGenerator<RelyingPartyCredentials, void> {
  if (authorizer instanceof Authorization) return yield* readCredentials(session, authorizer, options);
  if (options.metadata?.existing === 0) return;
  const info = await session.info();
  requireCredentialManagement(info);
  const authorization = new Authorization(session, { permissions: credentialReadPermission(info) }, authorizer);
  try {
    await authorization.obtain();
    yield* readCredentials(session, authorization, options);
  } finally {
    authorization.release();
  }
}

async function* readCredentials(
  session: Session,
  authorization: Authorization,
  { metadata, rp: isWanted = () => true, onProgress, largeBlobKeys = false }: ListOptions,
): AsyncGenerator<RelyingPartyCredentials, void> {
  if (metadata?.existing === 0) return;
  const run = restartingOnce();
  const relyingParties = await run(() => enumerateRelyingParties(session, authorization));
  let before = 0;
  for (const relyingParty of relyingParties) {
    if (!isWanted(relyingParty)) continue;
    const onItem = (count: number) => onProgress?.(before + count);
    const credentials = await run(() =>
      enumerateCredentials(session, authorization, relyingParty.rpIDHash, largeBlobKeys, onItem),
    );
    before += credentials.length;
    yield { ...relyingParty, credentials };
  }
}

/**
 * The credentials of one relying party, which is known by its hash; none if the key has none. One exchange for each, one at
 * least. Permission cm, or pcmr.
 * @throws as {@link listCredentials}
 */
export function credentialsOfRp(
  session: Session,
  authorization: Authorization,
  rpIDHash: Uint8Array,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<Credential[]> {
  const run = restartingOnce();
  return run(() => enumerateCredentials(session, authorization, rpIDHash, false, () => {}, options));
}

function enumerateRelyingParties(session: Session, authorization: Authorization): Promise<RelyingParty[]> {
  return enumerate({
    begin: () => manageCredentials(session, authorization, SUB.enumerateRPsBegin),
    next: () => unauthenticated(session, SUB.enumerateRPsGetNextRP),
    totalOf: ({ totalRPs }) => totalRPs,
    read: relyingPartyOf,
    identityOf: ({ rpIDHash }) => toHex(rpIDHash),
  });
}

function relyingPartyOf({ rp, rpIDHash }: CredentialManagementResponse): RelyingParty | undefined {
  const hash = rpIDHash ?? (rp && hashOf(rp.id));
  if (!hash) return undefined;
  return {
    id: rp?.id,
    idShortened: rp !== undefined && isShortenedRpId(rp.id, rpIDHash),
    name: rp?.name,
    rpIDHash: hash,
  };
}

function enumerateCredentials(
  session: Session,
  authorization: Authorization,
  rpIDHash: Uint8Array,
  largeBlobKeys: boolean,
  onItem: (count: number) => void,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<Credential[]> {
  return enumerate({
    begin: () => manageCredentials(session, authorization, SUB.enumerateCredentialsBegin, { rpIDHash }, options),
    next: () => unauthenticated(session, SUB.enumerateCredentialsGetNextCredential, options),
    totalOf: ({ totalCredentials }) => totalCredentials,
    read: (answer) => credentialOf(answer, largeBlobKeys),
    identityOf: ({ credentialId }) => toHex(credentialId),
    onItem,
    discard: ({ largeBlobKey }) => wipe(largeBlobKey),
  });
}

function credentialOf(answer: CredentialManagementResponse, largeBlobKeys: boolean): Credential | undefined {
  const { credentialID, user, publicKey, credProtect, largeBlobKey, thirdPartyPayment } = answer;
  if (!credentialID) {
    wipe(largeBlobKey);
    return undefined;
  }
  const credential = { credentialId: credentialID.id, user, publicKey, credProtect, thirdPartyPayment };
  if (!largeBlobKeys) wipe(largeBlobKey);
  return {
    ...credential,
    hasLargeBlobKey: largeBlobKey !== undefined,
    ...(largeBlobKeys ? { largeBlobKey } : {}),
  };
}

/** Whether the key can change a credential's user, which the preview of CTAP 2.1 could not: the option credMgmt. */
export function supportsUpdate({ options = {} }: AuthenticatorInfo): boolean {
  return options.credMgmt === true;
}

/** @throws {FidoError} `unsupported` if the key cannot change a credential's user */
export function requireUpdate(info: AuthenticatorInfo): void {
  requireCredentialManagement(info);
  if (supportsUpdate(info)) return;
  throw new FidoError('unsupported', 'this key cannot change the names in a credential: it lacks the option credMgmt', {
    hint: 'That came with CTAP 2.1. The preview that it has (credentialMgmtPreview) lists and deletes, no more.',
  });
}

/**
 * One subcommand with a token. All may be carried out twice with the same outcome, so all are replayed with a fresh one.
 * @param options with `signal`, in place of the session's own
 */
export function manageCredentials(
  session: Session,
  authorization: Authorization,
  subCommand: number,
  params?: CredentialManagementParams,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<CredentialManagementResponse> {
  const subCommandParams = params && credentialManagementParams.encode(params);
  const request = { subCommand, ...(subCommandParams ? { subCommandParams } : {}) };
  const message = credentialManagementAuthMessage(request);
  return authorization.run(
    async (authenticate) => session.call(await command(session), { ...request, ...authenticate(message) }, options),
    { replay: true },
  );
}

async function unauthenticated(
  session: Session,
  subCommand: number,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<CredentialManagementResponse> {
  return session.call(await command(session), { subCommand }, options);
}

async function command(session: Session): Promise<typeof credentialManagement> {
  const info = await session.info();
  requireCredentialManagement(info);
  return info.options?.credMgmt ? credentialManagement : credentialManagementPreview;
}
