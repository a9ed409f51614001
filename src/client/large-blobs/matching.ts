/** Finds out which entries of the large-blob array a credential opens. Nothing in an entry tells, so each key is tried. */

import { setImmediate } from 'node:timers/promises';
import {
  claimedLargeBlobSize,
  openSealedLargeBlob,
  readSealedLargeBlob,
  type SealedLargeBlob,
} from '../../ctap2/large-blob-array.ts';
import { wipe } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';

/**
 * Keys are tried on entries this often at most, a second's work. A key of 4 KiB with 1,000 credentials takes less than half
 * of it; one that claims more, in both, is not worth the minutes.
 */
const MAX_TRIALS = 100_000;
/** After so many, other things have their turn: Ctrl-C above all. */
const TRIALS_AT_ONCE = 500;

/** An entry, and what is known of it so far. */
export interface MatchedEntry<Owner> {
  /** Its CBOR. */
  readonly entry: Uint8Array;
  /** Absent if it is in no known form: then nobody's key is tried on it. */
  readonly sealed?: SealedLargeBlob | undefined;
  /** Bytes of the data, as it claims. */
  readonly size?: number | undefined;
  /** Whose key opens it. */
  owner?: Owner | undefined;
  /** It is its owner's, but its content cannot be inflated. */
  damaged: boolean;
}

export class LargeBlobMatching<Owner extends { largeBlobKey?: Uint8Array | undefined }> {
  readonly entries: readonly MatchedEntry<Owner>[];
  readonly #signal: AbortSignal | undefined;
  #trials = 0;
  #gaveUp = false;

  constructor(entries: readonly Uint8Array[], signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.entries = entries.map((entry) => {
      const sealed = readSealedLargeBlob(entry);
      const size = sealed && claimedLargeBlobSize(sealed);
      return { entry, size, sealed: size === undefined ? undefined : sealed, damaged: false };
    });
  }

  /** Entries that somebody's key might still open. */
  get open(): readonly MatchedEntry<Owner>[] {
    return this.entries.filter(({ owner, sealed }) => sealed && !owner);
  }

  /** There were more entries and keys than are tried: what is still {@link open} may be anybody's. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Tries the key of `owner`, if it has one, on what is still open. @throws {FidoError} `interrupted` */
  async try(owner: Owner): Promise<void> {
    if (!owner.largeBlobKey) return;
    for (const matched of this.entries) {
      if (!matched.sealed || matched.owner) continue;
      if (this.#trials === MAX_TRIALS) {
        this.#gaveUp = true;
        return;
      }
      if (++this.#trials % TRIALS_AT_ONCE === 0) await this.#breathe();
      const opened = openSealedLargeBlob(owner.largeBlobKey, matched.sealed);
      if (!opened) continue;
      matched.owner = owner;
      matched.damaged = opened.data === undefined;
      wipe(opened.data);
    }
  }

  async #breathe(): Promise<void> {
    await setImmediate();
    if (this.#signal?.aborted) throw new FidoError('interrupted', 'interrupted');
  }
}
