/**
 * Large blobs for people (CTAP 2.3 §6.10): which credential has one, and what it holds. All credentials share one array of
 * sealed entries; which is whose only their large-blob keys tell, and not every key lists those.
 */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { openLargeBlob } from '../../ctap2/large-blob-array.ts';
import { FidoError } from '../../errors.ts';
import type { Authorizer } from '../authorization/authorization.ts';
import type { Session } from '../session.ts';
import { type LargeBlobUsage, readEntries } from './entries.ts';
import { LargeBlobMatching, type MatchedEntry } from './matching.ts';
import {
  type AskingOptions,
  type CredentialChoice,
  type LargeBlobOf,
  type LargeBlobOwner,
  type LargeBlobOwners,
  withLargeBlobOwners,
} from './owners.ts';
import { largeBlobCapacity } from './storage.ts';

/** One entry of the large-blob array, and whose it is. */
export interface LargeBlobEntry {
  /**
   * `orphaned`: no credential of the key opens it. `damaged`: one does, but what it holds cannot be read; or it is in no
   * form that is known. `unknown`: it may be anybody's, because the key has not told all large-blob keys.
   */
  state: 'matched' | 'orphaned' | 'damaged' | 'unknown';
  /** Whose it is; absent if nobody's, or not known. */
  credentialId?: Uint8Array | undefined;
  /** The beginning of it, in hex, that means it alone on this key. */
  shortId?: string | undefined;
  /** As the key shows it; not escaped. */
  rpId?: string | undefined;
  userName?: string | undefined;
  /** Bytes of the data; as the entry claims unless it is `matched`. Absent if it is in no known form. */
  size?: number | undefined;
}

/** The large-blob array of a key. */
export interface LargeBlobListing extends LargeBlobUsage {
  /** The array is not intact: it counts as empty, and the next writing replaces it. */
  damaged: boolean;
  entries: LargeBlobEntry[];
  /** Credentials that were to be asked and could not be, with `findOwners` only. */
  notAsked: LargeBlobOf[];
}

/** Entries whose owner is not known, before it is found out. */
export interface UnknownOwners {
  entries: number;
  /** Credentials of the key: each is asked by getAssertion, most keys want a touch for each. */
  credentials: number;
}

/** What is done where the key does not say whose its blobs are. */
export interface FindingOptions extends AskingOptions {
  /** Whether to find out, called only if there is something to be found out. Absent: no. */
  findOwners?: ((unknown: UnknownOwners) => boolean | Promise<boolean>) | undefined;
}

/**
 * All entries, matched with their credentials. A token is got only if there are any. Permission cm.
 * @throws {FidoError} `unsupported`, `malformed-response`; as acquireToken; with `findOwners` as assertLargeBlobKey
 */
export async function listLargeBlobs(
  session: Session,
  authorizer: Authorizer,
  options: FindingOptions = {},
): Promise<LargeBlobListing> {
  const { stored, entries, damaged } = await readEntries(session);
  const usage = { used: stored.length, capacity: largeBlobCapacity(await session.info()), damaged };
  if (entries.length === 0) return { ...usage, entries: [], notAsked: [] };
  return withLargeBlobOwners(session, PERMISSION.cm, authorizer, options, async (owners) => {
    const { matching, isComplete, notAsked } = await matchOwners(session, entries, owners, options);
    return { ...usage, entries: matching.entries.map((matched) => described(matched, isComplete)), notAsked };
  });
}

export interface MatchedOwners {
  matching: LargeBlobMatching<LargeBlobOwner>;
  /** What no key opened is nobody's: every credential's large-blob key is known, and was tried. */
  isComplete: boolean;
  notAsked: LargeBlobOwner[];
}

/**
 * Whose `entries` are, by the keys that the key lists, and where it lists none by those that it is asked for, if that is
 * wanted. A site gets its key no other way, so what nobody's getAssertion opens nobody will ever read.
 */
export async function matchOwners(
  session: Session,
  entries: readonly Uint8Array[],
  owners: LargeBlobOwners,
  { findOwners }: FindingOptions,
): Promise<MatchedOwners> {
  const matching = new LargeBlobMatching<LargeBlobOwner>(entries, session.signal);
  for (const owner of owners.all) await matching.try(owner);
  const unknown = { entries: matching.open.length, credentials: owners.all.length };
  if (owners.areListed || unknown.entries === 0) return { matching, isComplete: !matching.gaveUp, notAsked: [] };
  if (!(await findOwners?.(unknown))) return { matching, isComplete: false, notAsked: [] };
  const notAsked = await owners.askAll(
    (owner) => matching.try(owner),
    () => matching.open.length === 0,
  );
  return { matching, isComplete: notAsked.length === 0 && !matching.gaveUp, notAsked };
}

export function described(
  { owner, sealed, size, damaged }: MatchedEntry<LargeBlobOwner>,
  isComplete: boolean,
): LargeBlobEntry {
  if (!sealed) return { state: 'damaged' };
  if (!owner) return { state: isComplete ? 'orphaned' : 'unknown', size };
  const { credentialId, shortId, rpId, userName } = owner;
  return { state: damaged ? 'damaged' : 'matched', credentialId, shortId, rpId, userName, size };
}

/**
 * What the blob of a credential holds. Permission cm.
 * @throws {FidoError} `not-found`, `unsupported`, `malformed-response` if the blob is damaged; what a choosing function
 *   throws; as acquireToken
 */
export async function getLargeBlob(
  session: Session,
  credential: CredentialChoice,
  authorizer: Authorizer,
  options: AskingOptions = {},
): Promise<LargeBlobOf & { data: Uint8Array }> {
  const { entries } = await readEntries(session);
  if (entries.length === 0) throw noBlobs();
  return withLargeBlobOwners(session, PERMISSION.cm, authorizer, options, (owners) =>
    owners.withOne(credential, 0, async (owner) => {
      const { largeBlobKey } = owner;
      const opened = largeBlobKey && entries.map((entry) => openLargeBlob(largeBlobKey, entry)).find(Boolean);
      if (!opened) throw noBlob(owner);
      if (opened.data) return { ...withoutKey(owner), data: opened.data };
      throw new FidoError(
        'malformed-response',
        'the blob of this credential is damaged: what it holds cannot be read',
        {
          hint: 'Whoever wrote it may write it again; seckey blobs delete removes it.',
        },
      );
    }),
  );
}

export function withoutKey({ credentialId, shortId, rpId }: LargeBlobOwner): LargeBlobOf {
  return { credentialId, shortId, rpId };
}

export function noBlobs(): FidoError {
  return new FidoError('not-found', 'there are no large blobs on this key', {
    hint: 'To store one: seckey blobs set CREDENTIAL FILE',
  });
}

export function noBlob({ shortId }: LargeBlobOf): FidoError {
  return new FidoError('not-found', `the credential ${shortId} has no large blob`, {
    hint: 'See which have one: seckey blobs list',
  });
}
