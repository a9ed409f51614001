/**
 * The client's part of WebAuthn's extension largeBlob (Level 3 §10.1.5), for keys with largeBlobKey and the large-blob
 * array (CTAP 2.3 §6.10): a site says read or write, the key gives the credential's key, and the array is the client's
 * work.
 */
import { openLargeBlob, replaceLargeBlob, sealLargeBlob } from '../../large-blob-array.ts';

export interface LargeBlobInputs {
  /** create() only. */
  readonly support?: 'required' | 'preferred' | undefined;
  /** get() only. */
  readonly read?: boolean | undefined;
  /** get() only. */
  readonly write?: Uint8Array | undefined;
}

/** Name of the DOMException with which create() refuses these inputs; undefined if they are fine. */
export function largeBlobCreateError({ read, write }: LargeBlobInputs): 'NotSupportedError' | undefined {
  return read !== undefined || write !== undefined ? 'NotSupportedError' : undefined;
}

/**
 * Name of the DOMException with which get() refuses these inputs; undefined if they are fine.
 * @param allowCredentials how many credentials the site names; writing takes exactly one
 */
export function largeBlobGetError(
  { support, read, write }: LargeBlobInputs,
  allowCredentials: number,
): 'NotSupportedError' | undefined {
  const isBoth = read !== undefined && write !== undefined;
  const isAmbiguous = write !== undefined && allowCredentials !== 1;
  return support !== undefined || isBoth || isAmbiguous ? 'NotSupportedError' : undefined;
}

/**
 * Input of largeBlobKey in makeCredential: keys give it to discoverable credentials only, and refuse it otherwise.
 * @param rk option rk of the request
 */
export function largeBlobKeyInputOnCreate(rk: boolean): true | undefined {
  return rk || undefined;
}

/** Output of create(): whether the new credential has a key for blobs, which is in the response's largeBlobKey. */
export function largeBlobCreateOutput(largeBlobKey: Uint8Array | undefined): { supported: boolean } {
  return { supported: largeBlobKey !== undefined };
}

/** Input of largeBlobKey in getAssertion. */
export function largeBlobKeyInputOnGet({ read, write }: LargeBlobInputs): true | undefined {
  return read === true || write !== undefined || undefined;
}

/**
 * Output of get() for `read`: without `blob` if the credential has none, or a damaged one.
 * @param largeBlobKey of the assertion, 32 bytes; undefined if it came without
 * @param entries of the key's large-blob array
 */
export function largeBlobReadOutput(
  largeBlobKey: Uint8Array | undefined,
  entries: readonly Uint8Array[],
): { blob?: Uint8Array } {
  const opened = largeBlobKey && entries.map((entry) => openLargeBlob(largeBlobKey, entry)).find(Boolean);
  return opened?.data ? { blob: opened.data } : {};
}

/**
 * The entries to store for `write`: the credential's own is replaced where it stands, or comes last if there was none;
 * all others stay byte for byte.
 * @param largeBlobKey of the assertion, 32 bytes
 * @throws {RangeError} if the data is longer than a large blob may be.
 */
export function entriesWithLargeBlob(
  largeBlobKey: Uint8Array,
  data: Uint8Array,
  entries: readonly Uint8Array[],
): readonly Uint8Array[] {
  return replaceLargeBlob(entries, largeBlobKey, sealLargeBlob(largeBlobKey, data));
}
