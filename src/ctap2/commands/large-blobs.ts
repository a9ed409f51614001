import { createHash } from 'node:crypto';
import { concat } from '../../encoding/bytes.ts';
import { bytes, defineCommand, optional, type RequestOf, type ResponseOf, struct, uint } from '../schema.ts';

/**
 * authenticatorLargeBlobs (0x0C), CTAP 2.3 §6.10. Permission lbw to write; reading is free. Lengths and offsets in
 * bytes. To read, `get` is the number of bytes wanted and `offset` where they begin; to write, `set` are the bytes, and
 * `length`, the total, comes with offset 0 only. A client always sends `offset`; it is declared optional because a key
 * answers CTAP1_ERR_INVALID_PARAMETER (0x02) without it, not CTAP2_ERR_MISSING_PARAMETER (0x14).
 */
export const largeBlobs = defineCommand({
  name: 'largeBlobs',
  code: 0x0c,
  request: struct({
    get: optional(0x01, uint),
    set: optional(0x02, bytes),
    offset: optional(0x03, uint),
    length: optional(0x04, uint),
    pinUvAuthParam: optional(0x05, bytes),
    pinUvAuthProtocol: optional(0x06, uint),
  }),
  response: struct({ config: optional(0x01, bytes) }),
});

export type LargeBlobsRequest = RequestOf<typeof largeBlobs>;
export type LargeBlobsResponse = ResponseOf<typeof largeBlobs>;

/** Most bytes that one `get` or `set` may carry with a key of this maxMsgSize (CTAP 2.3 §6.10.2). */
export function maxFragmentLength(maxMsgSize: number): number {
  return maxMsgSize - 64;
}

/**
 * What pinUvAuthParam covers: `32 × FF ‖ 0C 00 ‖ offset as uint32 little-endian ‖ SHA-256(set)` (CTAP 2.3 §6.10.2).
 * @throws {RangeError} if `offset` is no uint32.
 */
export function largeBlobsAuthMessage({ offset, set }: { offset: number; set: Uint8Array }): Uint8Array {
  if (!Number.isInteger(offset) || offset < 0 || offset > 0xffff_ffff) throw new RangeError('offset is no uint32');
  const message = new Uint8Array(32 + 2 + 4).fill(0xff, 0, 32);
  message[32] = largeBlobs.code;
  new DataView(message.buffer).setUint32(34, offset, true);
  return concat(message, createHash('sha256').update(set).digest());
}
