/** Data that programs keep on a key with a credential (CTAP 2.3 §6.10). */
export { MAX_LARGE_BLOB_LENGTH as MAX_LENGTH } from '../../ctap2/large-blob-array.ts';
export {
  type CompactedLargeBlobs,
  compactLargeBlobs as compact,
  deleteLargeBlob as delete,
  type LargeBlobLoss,
  type LossOptions,
  type LostLargeBlob,
  setLargeBlob as set,
} from './changes.ts';
export type { LargeBlobUsage } from './entries.ts';
export {
  type FindingOptions,
  getLargeBlob as get,
  type LargeBlobEntry,
  type LargeBlobListing,
  listLargeBlobs as list,
  type UnknownOwners,
} from './large-blobs.ts';
export type { AskingOptions, CredentialChoice, LargeBlobOf } from './owners.ts';
export {
  largeBlobCapacity as capacity,
  readLargeBlobArray as readArray,
  requireLargeBlobs as requireSupport,
  supportsLargeBlobs as supports,
} from './storage.ts';
