/**
 * Large blobs for people (CTAP 2.3 §6.10): which credential has one, read, write, delete, drop what nobody can open. All
 * credentials share one array of sealed entries, so whoever changes it gives back the entries of others byte for byte.
 */

import { PERMISSION } from '../ctap2/commands/client-pin.ts';
import {
  claimedLargeBlobSize,
  MAX_LARGE_BLOB_LENGTH,
  openLargeBlob,
  sealLargeBlob,
} from '../ctap2/large-blob-array.ts';
import { toHex, wipe } from '../encoding/bytes.ts';
import { FidoError } from '../errors.ts';
import { type Authorization, withAuthorization } from './authorization.ts';
import { findCredential } from './credential-id.ts';
import { requireCredentialManagement } from './credentials.ts';
import { changeEntries, type LargeBlobUsage, readEntries } from './large-blob-entries.ts';
import { findOwner, type LargeBlobOwner, shownId, withLargeBlobOwners } from './large-blob-owners.ts';
import { largeBlobCapacity, requireLargeBlobs } from './large-blob-storage.ts';
import type { Session } from './session.ts';
import type { TokenInteraction } from './token.ts';

export interface LargeBlobEntry {
  /**
   * `orphaned`: no credential of the key opens it. `damaged`: one does, but what it holds cannot be read; or it is in no
   * form that is known.
   */
  state: 'matched' | 'orphaned' | 'damaged';
  /** Whose it is; absent if nobody's. */
  credentialId?: Uint8Array | undefined;
  /** As the key shows it; not escaped. */
  rpId?: string | undefined;
  userName?: string | undefined;
  /** Bytes of the data; as the entry claims unless it is `matched`. Absent if it is in no known form. */
  size?: number | undefined;
}

export interface LargeBlobListing extends LargeBlobUsage {
  /** The array is not intact: it counts as empty, and the next writing replaces it. */
  damaged: boolean;
  entries: LargeBlobEntry[];
}

/** A credential as it was found. */
export interface LargeBlobOf {
  credentialId: Uint8Array;
  rpId?: string | undefined;
}

/**
 * All entries, matched with their credentials. A token is got only if there are any.
 * @throws {FidoError} `unsupported`, `malformed-response`; as acquireToken
 */
export async function listLargeBlobs(session: Session, interaction: TokenInteraction): Promise<LargeBlobListing> {
  const { stored, entries, damaged } = await readEntries(session);
  const usage = { used: stored.length, capacity: largeBlobCapacity(await session.info()), damaged };
  if (entries.length === 0) return { ...usage, entries: [] };
  return withOwners(session, PERMISSION.cm, interaction, async (owners) => ({
    ...usage,
    entries: entries.map((entry) => described(entry, owners)),
  }));
}

function described(entry: Uint8Array, owners: readonly LargeBlobOwner[]): LargeBlobEntry {
  const size = claimedLargeBlobSize(entry);
  for (const { largeBlobKey, credentialId, rpId, userName } of owners) {
    const opened = largeBlobKey && openLargeBlob(largeBlobKey, entry);
    if (!opened) continue;
    wipe(opened.data);
    return { state: opened.data ? 'matched' : 'damaged', credentialId, rpId, userName, size };
  }
  return size === undefined ? { state: 'damaged' } : { state: 'orphaned', size };
}

/**
 * What the blob of a credential holds.
 * @param credential its ID in hex or base64url, or the beginning of it
 * @throws {FidoError} `not-found`, `ambiguous`, `unsupported`, `malformed-response` if the blob is damaged
 */
export async function getLargeBlob(
  session: Session,
  credential: string,
  interaction: TokenInteraction,
): Promise<LargeBlobOf & { data: Uint8Array }> {
  const { entries } = await readEntries(session);
  if (entries.length === 0) throw noBlobs();
  return withOwners(session, PERMISSION.cm, interaction, async (owners) => {
    const { credentialId, rpId, largeBlobKey } = findCredential(owners, credential);
    const opened = largeBlobKey && entries.map((entry) => openLargeBlob(largeBlobKey, entry)).find(Boolean);
    if (!opened) throw noBlob(credentialId);
    if (opened.data) return { credentialId, rpId, data: opened.data };
    throw new FidoError('malformed-response', 'the blob of this credential is damaged: what it holds cannot be read', {
      hint: 'Whoever wrote it may write it again; seckey blobs delete removes it.',
    });
  });
}

/**
 * Gives a credential a blob, in place of the one it has.
 * @throws {FidoError} `not-found`, `ambiguous`, `unsupported` (key or credential without large blobs), `too-large`; as
 *   {@link changeEntries}
 */
export async function setLargeBlob(
  session: Session,
  credential: string,
  data: Uint8Array,
  interaction: TokenInteraction,
): Promise<LargeBlobOf & LargeBlobUsage> {
  requireLargeBlobs(await session.info());
  if (data.length > MAX_LARGE_BLOB_LENGTH) {
    throw new FidoError('too-large', `${data.length} bytes are too many for a large blob`, {
      hint: 'Keys have room for a few thousand bytes.',
    });
  }
  return withOwners(session, PERMISSION.cm | PERMISSION.lbw, interaction, async (owners, authorization) => {
    const { credentialId, rpId, largeBlobKey } = findOwner(owners, credential);
    const sealed = sealLargeBlob(largeBlobKey, data);
    const usage = await changeEntries(session, authorization, (entries) => {
      const isOwn = (entry: Uint8Array) => openLargeBlob(largeBlobKey, entry) !== undefined;
      const at = entries.findIndex(isOwn);
      const others = entries.filter((entry) => !isOwn(entry));
      return others.toSpliced(at < 0 ? others.length : at, 0, sealed);
    });
    return { credentialId, rpId, ...usage };
  });
}

/** What would be lost, before it is. */
export interface LargeBlobLoss {
  /** Entries. */
  count: number;
  /** Bytes that they take in the array. */
  bytes: number;
  /** The array is not intact and is replaced by an empty one. */
  damaged: boolean;
}

/**
 * Deletes the blob of a credential; the credential stays.
 * @param confirm called once it is found. Throws to leave it.
 * @throws {FidoError} `not-found`, `ambiguous`, `unsupported`; as {@link changeEntries}
 */
export async function deleteLargeBlob(
  session: Session,
  credential: string,
  interaction: TokenInteraction,
  confirm: (found: LargeBlobOf) => Promise<void> = async () => {},
): Promise<LargeBlobOf & LargeBlobUsage> {
  const { entries } = await readEntries(session);
  if (entries.length === 0) throw noBlobs();
  return withOwners(session, PERMISSION.cm | PERMISSION.lbw, interaction, async (owners, authorization) => {
    const { credentialId, rpId, largeBlobKey } = findCredential(owners, credential);
    const isOwn = (entry: Uint8Array) => largeBlobKey !== undefined && openLargeBlob(largeBlobKey, entry) !== undefined;
    if (!entries.some(isOwn)) throw noBlob(credentialId);
    await confirm({ credentialId, rpId });
    const usage = await changeEntries(session, authorization, (fresh) => fresh.filter((entry) => !isOwn(entry)));
    return { credentialId, rpId, ...usage };
  });
}

/**
 * Drops the entries that no credential of the key opens (CTAP 2.3 §6.10.5), and no others: not those in an unknown form,
 * and not those that came after all credentials were read, whose credential may be newer.
 * @param confirm called if there is anything to drop. Throws to leave it.
 * @throws {FidoError} `unsupported`; as {@link changeEntries}
 */
export async function compactLargeBlobs(
  session: Session,
  interaction: TokenInteraction,
  confirm: (loss: LargeBlobLoss) => Promise<void> = async () => {},
): Promise<LargeBlobUsage & { removed: number }> {
  // Before the credentials: an entry that is there now belongs to a credential that is there now, or to none.
  const { stored, entries, damaged } = await readEntries(session);
  const info = await session.info();
  const unchanged = { used: stored.length, capacity: largeBlobCapacity(info), removed: 0 };
  if (entries.length === 0 && !damaged) return unchanged;
  if (!info.options?.credMgmt) {
    throw new FidoError('unsupported', 'this key does not tell which blobs belong to a credential: it lacks credMgmt', {
      hint: 'With the preview of it alone, blobs in use could not be told from those that are not.',
    });
  }
  return withOwners(session, PERMISSION.cm | PERMISSION.lbw, interaction, async (owners, authorization) => {
    const orphans = entries.filter((entry) => described(entry, owners).state === 'orphaned');
    if (orphans.length === 0 && !damaged) return unchanged;
    await confirm({ count: orphans.length, bytes: orphans.reduce((sum, { length }) => sum + length, 0), damaged });
    const dropped = new Set(orphans.map(toHex));
    const usage = await changeEntries(session, authorization, (fresh) =>
      fresh.filter((entry) => !dropped.has(toHex(entry))),
    );
    return { ...usage, removed: orphans.length };
  });
}

/** Token, then all credentials with their large-blob keys, which are wiped in the end. */
async function withOwners<T>(
  session: Session,
  permissions: number,
  interaction: TokenInteraction,
  work: (owners: readonly LargeBlobOwner[], authorization: Authorization) => Promise<T>,
): Promise<T> {
  requireCredentialManagement(await session.info());
  return withAuthorization(session, { permissions }, interaction, (authorization) =>
    withLargeBlobOwners(session, authorization, (owners) => work(owners, authorization)),
  );
}

function noBlobs(): FidoError {
  return new FidoError('not-found', 'there are no large blobs on this key', {
    hint: 'To store one: seckey blobs set CREDENTIAL FILE',
  });
}

function noBlob(credentialId: Uint8Array): FidoError {
  return new FidoError('not-found', `the credential ${shownId(credentialId)} has no large blob`, {
    hint: 'See which have one: seckey blobs list',
  });
}
