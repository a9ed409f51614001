/** Writes, deletes and drops large blobs, and gives back the entries of others byte for byte (CTAP 2.3 §6.10.3). */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { MAX_LARGE_BLOB_LENGTH, openLargeBlob, replaceLargeBlob, sealLargeBlob } from '../../ctap2/large-blob-array.ts';
import { toHex } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import type { Authorizer } from '../authorization/authorization.ts';
import type { Session } from '../session.ts';
import { changeEntries, type LargeBlobUsage, readEntries } from './entries.ts';
import {
  described,
  type FindingOptions,
  type LargeBlobEntry,
  matchOwners,
  noBlob,
  noBlobs,
  withoutKey,
} from './large-blobs.ts';
import { LargeBlobMatching } from './matching.ts';
import {
  type AskingOptions,
  type CredentialChoice,
  type LargeBlobOf,
  type LargeBlobOwner,
  withLargeBlobOwners,
} from './owners.ts';
import { largeBlobCapacity, requireLargeBlobs } from './storage.ts';

/**
 * Gives a credential a blob, in place of the one it has. Permissions cm and lbw.
 * @param data any bytes; they are compressed before they are stored. Whoever gives them keeps them
 * @throws {FidoError} `not-found`, `unsupported` (key or credential without large blobs), `too-large`; as
 *   {@link changeEntries}
 */
export async function setLargeBlob(
  session: Session,
  credential: CredentialChoice,
  data: Uint8Array,
  authorizer: Authorizer,
  options: AskingOptions = {},
): Promise<LargeBlobOf & LargeBlobUsage> {
  requireLargeBlobs(await session.info());
  if (data.length > MAX_LARGE_BLOB_LENGTH) {
    throw new FidoError('too-large', `${data.length} bytes are too many for a large blob`, {
      hint: 'Keys have room for a few thousand bytes.',
    });
  }
  const { cm, lbw } = PERMISSION;
  return withLargeBlobOwners(session, cm | lbw, authorizer, options, (owners) =>
    owners.withOne(credential, lbw, async (owner, authorization) => {
      const { largeBlobKey } = owner;
      if (!largeBlobKey) throw cannotHaveOne(owner);
      const sealed = sealLargeBlob(largeBlobKey, data);
      const usage = await changeEntries(session, authorization, (entries) =>
        replaceLargeBlob(entries, largeBlobKey, sealed),
      );
      return { ...withoutKey(owner), ...usage };
    }),
  );
}

/** An entry that is to go. */
export interface LostLargeBlob extends LargeBlobEntry {
  /** Its CBOR: put back into the array, it is what it was. */
  entry: Uint8Array;
}

/** What would be lost, before it is. */
export interface LargeBlobLoss {
  entries: readonly LostLargeBlob[];
  /** The array is not intact and is replaced by an empty one. */
  damaged: boolean;
  /** Everything the key stores, as it was read. */
  stored: Uint8Array;
}

/** For what destroys blobs: a last question, and a last copy. */
export interface LossOptions {
  /** Called once it is known what is to go. Throws to leave it. */
  confirm?: ((loss: LargeBlobLoss) => Promise<void>) | undefined;
  /** Called after `confirm`, before anything is changed on the key: nothing is, if it throws. */
  save?: ((loss: LargeBlobLoss) => Promise<void>) | undefined;
}

/**
 * Deletes the blob of a credential; the credential stays. Permissions cm and lbw.
 * @throws {FidoError} `not-found`, `unsupported`, `state-lost` if another program replaced it meanwhile; as
 *   {@link changeEntries}
 */
export async function deleteLargeBlob(
  session: Session,
  credential: CredentialChoice,
  authorizer: Authorizer,
  { confirm, save, ...options }: AskingOptions & LossOptions = {},
): Promise<LargeBlobOf & LargeBlobUsage> {
  const { entries, stored } = await readEntries(session);
  if (entries.length === 0) throw noBlobs();
  const { cm, lbw } = PERMISSION;
  return withLargeBlobOwners(session, cm | lbw, authorizer, options, (owners) =>
    owners.withOne(credential, lbw, async (owner, authorization) => {
      const { largeBlobKey } = owner;
      const matching = new LargeBlobMatching<LargeBlobOwner>(entries, session.signal);
      await matching.try(owner);
      const own = matching.entries.filter((matched) => matched.owner);
      if (own.length === 0 || !largeBlobKey) throw noBlob(owner);
      const lost = own.map((matched) => ({ ...described(matched, true), entry: matched.entry }));
      const loss = { entries: lost, damaged: false, stored };
      await confirm?.(loss);
      await save?.(loss);
      const usage = await changeEntries(session, authorization, (fresh) => {
        const kept = without(fresh, lost);
        if (kept.some((entry) => openLargeBlob(largeBlobKey, entry))) throw replacedMeanwhile();
        return kept;
      });
      return { ...withoutKey(owner), ...usage };
    }),
  );
}

/** What {@link compactLargeBlobs} came to. */
export interface CompactedLargeBlobs extends LargeBlobUsage {
  removed: number;
  /** Entries that stayed because it could not be found out whose they are. */
  unknown: number;
  /** Credentials that could not be asked. */
  notAsked: LargeBlobOf[];
}

/**
 * Drops the entries that no credential of the key opens (CTAP 2.3 §6.10.5), and no others: not those in an unknown form,
 * not those whose owner is not known, and not those that came after all credentials were read, whose credential may be
 * newer. Permissions cm and lbw.
 * @throws {FidoError} `unsupported`, also if it is not known whose the entries are and `findOwners` does not want to find
 *   out; as {@link changeEntries}
 */
export async function compactLargeBlobs(
  session: Session,
  authorizer: Authorizer,
  { confirm, save, ...options }: FindingOptions & LossOptions = {},
): Promise<CompactedLargeBlobs> {
  // Before the credentials: an entry that is there now belongs to a credential that is there now, or to none.
  const { stored, entries, damaged } = await readEntries(session);
  const info = await session.info();
  const unchanged = { used: stored.length, capacity: largeBlobCapacity(info), removed: 0, unknown: 0, notAsked: [] };
  if (entries.length === 0 && !damaged) return unchanged;
  if (!info.options?.credMgmt) {
    throw new FidoError('unsupported', 'this key does not tell which blobs belong to a passkey: it lacks credMgmt', {
      hint: 'That came with CTAP 2.1. With the preview of it alone, blobs in use cannot be told from those that are not.',
    });
  }
  const permissions = PERMISSION.cm | PERMISSION.lbw;
  return withLargeBlobOwners(session, permissions, authorizer, options, async (owners) => {
    let asked = false;
    const findOwners: FindingOptions['findOwners'] = async (unknown) => {
      asked = (await options.findOwners?.(unknown)) === true;
      return asked;
    };
    const { matching, isComplete, notAsked } = await matchOwners(session, entries, owners, { ...options, findOwners });
    const open = matching.open.length;
    if (open > 0 && !isComplete && !asked) throw matching.gaveUp ? tooManyToMatch() : ownersUnknown();
    const unknown = isComplete ? 0 : open;
    const orphans = isComplete ? matching.open : [];
    if (orphans.length === 0 && !damaged) return { ...unchanged, unknown, notAsked };
    const lost = orphans.map((matched) => ({ ...described(matched, true), entry: matched.entry }));
    const loss = { entries: lost, damaged, stored };
    await confirm?.(loss);
    await save?.(loss);
    // Asking took tokens of its own, which ended the one at hand.
    if (asked) await owners.authorization.obtain();
    const usage = await changeEntries(session, owners.authorization, (fresh) => without(fresh, lost));
    return { ...usage, removed: orphans.length, unknown, notAsked };
  });
}

function without(entries: readonly Uint8Array[], lost: readonly LostLargeBlob[]): Uint8Array[] {
  const dropped = new Set(lost.map(({ entry }) => toHex(entry)));
  return entries.filter((entry) => !dropped.has(toHex(entry)));
}

function cannotHaveOne({ shortId }: LargeBlobOf): FidoError {
  return new FidoError(
    'unsupported',
    `the passkey ${shortId} can have no large blob: it was made without a key for it`,
    { hint: 'The site must ask for that (extension largeBlobKey) when it makes the passkey.' },
  );
}

function replacedMeanwhile(): FidoError {
  return new FidoError('state-lost', 'another program wrote another blob for this passkey meanwhile; it is kept', {
    hint: 'Close it, then run the command again.',
  });
}

function ownersUnknown(): FidoError {
  return new FidoError('unsupported', 'this key does not say which passkeys its blobs belong to: any may be in use', {
    hint: 'To find out, the key has to be touched once for each passkey.',
    situation: { id: 'blob-owners-unknown' },
  });
}

function tooManyToMatch(): FidoError {
  return new FidoError('unsupported', 'there are too many blobs and passkeys to find out which belong together', {
    hint: 'Nothing was dropped.',
    situation: { id: 'too-many-blobs' },
  });
}
