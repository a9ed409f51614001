/** The entries of the large-blob array, when other programs may change them at any time (CTAP 2.3 §6.10.3). */

import { type LargeBlobArray, parseLargeBlobArray, serializeLargeBlobArray } from '../../ctap2/large-blob-array.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import type { Authorization } from '../authorization/authorization.ts';
import type { Session } from '../session.ts';
import { largeBlobCapacity, readLargeBlobArray, writeLargeBlobArray } from './storage.ts';

/** How full the large-blob array is. */
export interface LargeBlobUsage {
  /** Bytes of the serialized array, trailer included. */
  used: number;
  /** Most bytes it may have. */
  capacity: number;
}

/**
 * Applies `change` to the array as it is at this moment, whatever another program wrote since it was last read; and once
 * more if another program wrote while this one did. Permission lbw.
 * @throws {FidoError} as {@link writeLargeBlobArray}
 */
export async function changeEntries(
  session: Session,
  authorization: Authorization,
  change: (entries: readonly Uint8Array[]) => readonly Uint8Array[],
): Promise<LargeBlobUsage> {
  const capacity = largeBlobCapacity(await session.info());
  for (let attempt = 1; ; attempt++) {
    const { stored, entries } = await readEntries(session);
    const changed = serializeLargeBlobArray(change(entries));
    const usage = { used: changed.length, capacity };
    if (equalBytes(changed, stored)) return usage;
    try {
      await writeLargeBlobArray(session, authorization, changed);
      return usage;
    } catch (error) {
      if (!(error instanceof FidoError) || error.code !== 'state-lost' || attempt === 2) throw error;
    }
  }
}

/** Reads that may meet a writing program before it is given up. */
const MAX_READS = 5;

/**
 * The array and its entries. One that looks damaged is read again until two reads agree: another program may have written
 * between two fragments, and what counts as empty would be overwritten.
 */
export async function readEntries(session: Session): Promise<LargeBlobArray & { stored: Uint8Array }> {
  let before: Uint8Array | undefined;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const stored = await readLargeBlobArray(session);
    const array = parseLargeBlobArray(stored);
    if (!array.damaged || (before && equalBytes(before, stored))) return { ...array, stored };
    before = stored;
  }
  throw new FidoError('state-lost', 'the large blobs change while they are read', {
    hint: 'Another program is using the key. Close it, then run the command again.',
  });
}
