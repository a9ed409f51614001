import { EMPTY_LARGE_BLOB_ARRAY } from '../../ctap2/large-blob-array.ts';
import { toHex } from '../../encoding/bytes.ts';
import type { Section } from './section.ts';

export interface LargeBlobs {
  /**
   * The serialized large-blob array with its trailer (CTAP 2.3 §6.10.2). Replaced as a whole, never changed in place.
   */
  serializedArray: Uint8Array;
}

export const largeBlobsSection: Section<LargeBlobs> = {
  initial: () => ({ serializedArray: EMPTY_LARGE_BLOB_ARRAY.slice() }),
  toJson: ({ serializedArray }) => ({ serializedArray: toHex(serializedArray) }),
  fromJson: (reader, model) => {
    const member = reader.member('serializedArray');
    const serializedArray = member.bytes();
    // A key without large blobs never writes one, but stores the empty array from the beginning.
    const room = Math.max(model.storage.largeBlobArray ?? 0, EMPTY_LARGE_BLOB_ARRAY.length);
    if (serializedArray.length > room) member.refuse(`at most ${room} bytes in hex`);
    return { serializedArray };
  },
};
