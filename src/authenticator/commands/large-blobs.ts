/**
 * authenticatorLargeBlobs, CTAP 2.3 §6.10.2, in the order of its steps. The key stores the array without reading it.
 */
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { COMMANDS } from '../../ctap2/commands/index.ts';
import { type largeBlobs, largeBlobsAuthMessage, maxFragmentLength } from '../../ctap2/commands/large-blobs.ts';
import { hasIntactTrailer } from '../../ctap2/large-blob-array.ts';
import type { RequestOf, ResponseOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { requireToken } from '../pin-uv-auth/require-token.ts';
import { SequenceKind } from '../stateful-sequence.ts';
import { isProtected } from '../user-verification.ts';

type Request = RequestOf<typeof largeBlobs>;
type Response = ResponseOf<typeof largeBlobs>;

/** An array that arrives in fragments. It replaces the stored one only once it is complete. */
interface ArrivingArray {
  /** As long as the first fragment announced. */
  readonly bytes: Uint8Array;
  /** Bytes that have arrived. */
  length: number;
}
const WRITING = new SequenceKind<ArrivingArray>(COMMANDS.largeBlobs.code);

/** Bytes of the trailer and the shortest CBOR array. */
const MIN_LENGTH = 17;

export const handleLargeBlobs: Handler<typeof largeBlobs> = (request, context) => {
  const { get, set, offset } = request;
  if (offset === undefined) return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  if (get !== undefined && set === undefined) return read(request, get, offset, context);
  if (set !== undefined && get === undefined) return write(request, set, offset, context);
  return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
};

function read(request: Request, get: number, offset: number, { model, state }: CommandContext): Response {
  const { length, pinUvAuthParam, pinUvAuthProtocol } = request;
  if (length !== undefined || pinUvAuthParam || pinUvAuthProtocol !== undefined) {
    refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  }
  if (get > maxFragmentLength(model.info.maxMsgSize)) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
  const { serializedArray } = state.largeBlobs;
  if (offset > serializedArray.length) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  return { config: serializedArray.slice(offset, offset + get) };
}

function write(request: Request, set: Uint8Array, offset: number, context: CommandContext): Response {
  const { model, volatile, state } = context;
  if (set.length > maxFragmentLength(model.info.maxMsgSize)) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
  const arriving = offset === 0 ? announced(request, context) : volatile.sequence.stateOf(WRITING);
  if (offset !== 0 && request.length !== undefined) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  if (!arriving || offset !== arriving.length) return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_SEQ);
  if (isProtected(context) || state.config.alwaysUv) {
    requireToken(request, largeBlobsAuthMessage({ offset, set }), PERMISSION.lbw, context);
  }
  if (offset + set.length > arriving.bytes.length) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  if (offset === 0) volatile.sequence.begin(WRITING, arriving);
  arriving.bytes.set(set, offset);
  arriving.length += set.length;
  if (arriving.length === arriving.bytes.length) {
    volatile.sequence.end();
    if (!hasIntactTrailer(arriving.bytes)) refuse(CTAP_STATUS.CTAP2_ERR_INTEGRITY_FAILURE);
    state.largeBlobs.serializedArray = arriving.bytes;
  }
  return {};
}

/** Room for the array that the first fragment announces. */
function announced({ length }: Request, { model }: CommandContext): ArrivingArray {
  if (length === undefined) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  if (length > (model.storage.largeBlobArray ?? 0)) refuse(CTAP_STATUS.CTAP2_ERR_LARGE_BLOB_STORAGE_FULL);
  if (length < MIN_LENGTH) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  return { bytes: new Uint8Array(length), length: 0 };
}
