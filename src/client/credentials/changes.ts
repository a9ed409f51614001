/** Deletes and renames credentials, and believes it only when the key shows it (CTAP 2.3 §6.8.5, §6.8.6). */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { CREDENTIAL_MANAGEMENT_SUBCOMMAND as SUB } from '../../ctap2/commands/credential-management.ts';
import { PUBLIC_KEY, type PublicKeyCredentialUserEntity } from '../../ctap2/entities.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { equalBytes, toHex } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError, isTransportFailure } from '../../errors.ts';
import { type Authorization, type Authorizer, authorize } from '../authorization/authorization.ts';
import { hasStatus, type Session } from '../session.ts';
import {
  type Credential,
  credentialMetadata,
  credentialsOfRp,
  listCredentials,
  manageCredentials,
  requireCredentialManagement,
  requireUpdate,
} from './credentials.ts';

/** Which credential, and where it is looked for afterwards. */
export interface StoredCredential {
  credentialId: Uint8Array;
  rpIDHash: Uint8Array;
}

/** What became of the credentials that were to be deleted. */
export interface DeletionOutcome<T> {
  /** The key lists them no more. */
  deleted: T[];
  /** It still lists them, or was not told to delete them, because something went wrong before. */
  kept: T[];
  /** It may have deleted them, and that could not be read. */
  uncertain: T[];
  /** How many there are now, as the key counts; absent where it does not tell. */
  existing?: number | undefined;
  /** Why not all are `deleted`: as {@link requireListedNoMore}, or what the key or the transport said. */
  failure?: unknown;
}

/**
 * Deletes credentials for good, one after the other until one cannot be; their large blobs stay behind in the array. Then
 * reads what is left. One exchange for each, one for each that is left of the same relying parties (one at least), and one
 * for the count, besides the token. Permission cm.
 * @returns what became of each. A failure after the token is in it and not thrown, because what is gone is gone.
 * @throws {FidoError} `unsupported`; as acquireToken
 */
export async function deleteCredentials<T extends StoredCredential>(
  session: Session,
  credentials: readonly T[],
  authorizer: Authorizer,
): Promise<DeletionOutcome<T>> {
  requireCredentialManagement(await session.info());
  const request = { permissions: PERMISSION.cm };
  return authorize(session, request, authorizer, (authorization) => deleteEach(session, authorization, credentials));
}

async function deleteEach<T extends StoredCredential>(
  session: Session,
  authorization: Authorization,
  credentials: readonly T[],
): Promise<DeletionOutcome<T>> {
  const tried: T[] = [];
  let failure: unknown;
  try {
    for (const credential of credentials) {
      tried.push(credential);
      const credentialID = { id: credential.credentialId, type: PUBLIC_KEY };
      await manageCredentials(session, authorization, SUB.deleteCredential, { credentialID });
    }
  } catch (error) {
    failure = error;
  }
  const untried = credentials.slice(tried.length);
  try {
    if (isTransportFailure(failure)) return { deleted: [], kept: untried, uncertain: tried, failure };
    const { listed, problem } = await listedOf(session, authorization, tried);
    if (!listed) return { deleted: [], kept: untried, uncertain: tried, failure: failure ?? unreadable(problem) };
    const still = tried.filter(({ credentialId }) => listed.has(toHex(credentialId)));
    return {
      deleted: tried.filter((credential) => !still.includes(credential)),
      kept: [...still, ...untried],
      uncertain: [],
      existing: await countOf(session, authorization),
      failure: failure ?? (still.length > 0 ? stillListed(still.length) : undefined),
    };
  } finally {
    session.forgetInfo();
  }
}

/**
 * The IDs that the key lists of the relying parties of `credentials`. Not to be interrupted: it takes a moment, and makes the
 * difference between done and uncertain.
 */
async function listedOf(
  session: Session,
  authorization: Authorization,
  credentials: readonly StoredCredential[],
): Promise<{ listed?: Set<string>; problem?: unknown }> {
  const { signal } = new AbortController();
  const listed = new Set<string>();
  const rps = new Map(credentials.map(({ rpIDHash }) => [toHex(rpIDHash), rpIDHash]));
  try {
    for (const rpIDHash of rps.values()) {
      for (const { credentialId } of await credentialsNow(session, authorization, rpIDHash, signal)) {
        listed.add(toHex(credentialId));
      }
    }
    return { listed };
  } catch (problem) {
    return { problem };
  }
}

/** Of a relying party that may be gone with its last credential, to which keys answer in their own ways. */
async function credentialsNow(
  session: Session,
  authorization: Authorization,
  rpIDHash: Uint8Array,
  signal: AbortSignal,
): Promise<Credential[]> {
  try {
    return await credentialsOfRp(session, authorization, rpIDHash, { signal });
  } catch (error) {
    if (!(error instanceof CtapStatusError)) throw error;
  }
  const rp = (candidate: { rpIDHash: Uint8Array }) => equalBytes(candidate.rpIDHash, rpIDHash);
  const found: Credential[] = [];
  for await (const { credentials } of listCredentials(session, authorization, { rp })) found.push(...credentials);
  return found;
}

async function countOf(session: Session, authorization: Authorization): Promise<number | undefined> {
  try {
    return (await credentialMetadata(session, authorization)).existing;
  } catch (error) {
    // What is deleted is deleted, whether or not the rest can be counted.
    if (error instanceof FidoError) return undefined;
    throw error;
  }
}

function stillListed(count: number): FidoError {
  const what =
    count === 1 ? 'the passkey is deleted, but it still lists it' : 'passkeys are deleted, but it still lists them';
  return new FidoError('refused', `the key said that ${what}`, {
    hint: 'Remove the key, insert it again, and look: seckey credentials list',
  });
}

function unreadable(cause: unknown): unknown {
  if (!(cause instanceof FidoError)) return cause;
  return new FidoError(cause.code, `${cause.message}; the key had said that it deleted what it should`, {
    hint: 'Remove the key, insert it again, and look: seckey credentials list',
    cause,
  });
}

/** What {@link updateUserInformation} may know besides. */
export interface UpdateOptions {
  /** What the key showed of the user before: a name that is still that was not changed, rather than shortened. */
  before?: PublicKeyCredentialUserEntity | undefined;
}

/** A credential whose user was changed. */
export interface UpdatedCredential {
  /** As the key lists it now. */
  credential: Credential;
  /** Names of which the key kept the beginning only, as it may beyond 64 bytes. */
  shortened: UserName[];
}

/** The names of a user that a key keeps. */
export type UserName = 'name' | 'displayName';
const USER_NAMES: readonly UserName[] = ['name', 'displayName'];
const LABELS: Readonly<Record<UserName, string>> = { name: 'account name', displayName: 'display name' };

/**
 * Replaces what the key shows of a credential's user, and reads it back. `user.id` must be the stored one; names left out are
 * erased. One exchange, and one for each credential of the relying party, besides the token. Permission cm.
 * @throws {FidoError} `unsupported` on a FIDO_2_1_PRE key, `not-found`, `too-large` if there is no room for the names,
 *   `refused` if the key has another user.id, or said that it changed what it did not change
 */
export async function updateUserInformation(
  session: Session,
  credential: StoredCredential,
  user: PublicKeyCredentialUserEntity,
  authorizer: Authorizer,
  options: UpdateOptions = {},
): Promise<UpdatedCredential> {
  requireUpdate(await session.info());
  const request = { permissions: PERMISSION.cm };
  return authorize(session, request, authorizer, (authorization) =>
    update(session, authorization, credential, user, options),
  );
}

async function update(
  session: Session,
  authorization: Authorization,
  { credentialId, rpIDHash }: StoredCredential,
  user: PublicKeyCredentialUserEntity,
  { before }: UpdateOptions,
): Promise<UpdatedCredential> {
  try {
    const credentialID = { id: credentialId, type: PUBLIC_KEY };
    await manageCredentials(session, authorization, SUB.updateUserInformation, { credentialID, user });
    const { signal } = new AbortController();
    const now = await credentialsOfRp(session, authorization, rpIDHash, { signal });
    const credential = now.find((candidate) => equalBytes(candidate.credentialId, credentialId));
    if (!credential) throw goneAfterChange();
    return { credential, shortened: checkNames(user, before, credential.user) };
  } catch (error) {
    if (hasStatus(error, S.CTAP2_ERR_KEY_STORE_FULL, S.CTAP1_ERR_INVALID_LENGTH, S.CTAP2_ERR_LIMIT_EXCEEDED)) {
      throw new CtapStatusError('too-large', 'the key has no room for these names', error, {
        hint: 'Choose shorter ones. Keys keep about 64 bytes of each.',
        cause: error,
      });
    }
    throw error;
  } finally {
    session.forgetInfo();
  }
}

type Names = Partial<Record<UserName, string | undefined>> | undefined;

/** Those that were shortened. @throws {FidoError} `refused` if a name is not what it should be */
function checkNames(wanted: Names, before: Names, now: Names): UserName[] {
  const of = (names: Names, which: UserName) => names?.[which] || undefined;
  const differing = USER_NAMES.filter((which) => of(now, which) !== of(wanted, which));
  const isShortened = (which: UserName) => {
    const shown = of(now, which)?.replace(/\uFFFD+$/, '');
    return !!shown && of(now, which) !== of(before, which) && of(wanted, which)?.startsWith(shown) === true;
  };
  const wrong = differing.filter((which) => !isShortened(which));
  if (wrong.length === 0) return differing;
  const problems = wrong.map((which) => {
    if (of(now, which) === undefined) return `keeps no ${LABELS[which]}`;
    return of(now, which) === of(before, which)
      ? `still shows the old ${LABELS[which]}`
      : `shows another ${LABELS[which]}`;
  });
  const changed = USER_NAMES.find((which) => !wrong.includes(which) && of(wanted, which) !== of(before, which));
  const done = changed ? `changed the ${LABELS[changed]}` : 'said that the passkey is changed';
  throw new FidoError('refused', `the key ${done}, but it ${problems.join(' and ')}`, {
    hint: 'See what it shows: seckey credentials list. The account itself keeps its names.',
  });
}

function goneAfterChange(): FidoError {
  return new FidoError('not-found', 'the passkey was changed, and then the key no longer had it', {
    hint: 'See what is on the key: seckey credentials list',
  });
}
