/** Reads and writes the serialized large-blob array as a whole, in fragments (CTAP 2.3 §6.10.2). */

import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { largeBlobs, largeBlobsAuthMessage, maxFragmentLength } from '../../ctap2/commands/large-blobs.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError, isTransportFailure } from '../../errors.ts';
import type { Authorization } from '../authorization/authorization.ts';
import { hasStatus, type Session } from '../session.ts';

/** What a key must have room for at least (CTAP 2.3 §6.4 member 0B). */
const DEFAULT_CAPACITY = 1024;
/** Whatever a key claims; known ones have room for 1 to 4 KiB. */
const MAX_CAPACITY = 256 * 1024;

const DEFAULT_MAX_MSG_SIZE = 1024;
/** What CTAPHID can carry; a key that claims more gets no larger fragments. */
const MAX_MSG_SIZE = 7609;

/** Whether the key has a large-blob array: the option largeBlobs (CTAP 2.3 §6.4). */
export function supportsLargeBlobs({ options = {} }: AuthenticatorInfo): boolean {
  return options.largeBlobs === true;
}

/** @throws {FidoError} `unsupported` if the key has no large-blob array */
export function requireLargeBlobs(info: AuthenticatorInfo): void {
  if (supportsLargeBlobs(info)) return;
  throw new FidoError('unsupported', 'this key stores no large blobs: it lacks the option largeBlobs', {
    hint: 'That came with CTAP 2.1, and not every key has it.',
  });
}

/** Bytes that the serialized array may have, trailer included. */
export function largeBlobCapacity({ maxSerializedLargeBlobArray = DEFAULT_CAPACITY }: AuthenticatorInfo): number {
  return Math.min(maxSerializedLargeBlobArray, MAX_CAPACITY);
}

function fragmentLength({ maxMsgSize = DEFAULT_MAX_MSG_SIZE }: AuthenticatorInfo): number {
  const length = maxFragmentLength(Math.min(maxMsgSize, MAX_MSG_SIZE));
  if (length > 0) return length;
  throw new FidoError('malformed-response', `the key says that its messages have at most ${maxMsgSize} bytes`);
}

/**
 * The serialized array as the key stores it, intact or not. One exchange for each fragment, and one more if the last is
 * full. No token.
 * @param signal in place of the session's own
 * @throws {FidoError} `unsupported`, `malformed-response`: more than asked for, or more than the key has room for
 */
export async function readLargeBlobArray(session: Session, signal?: AbortSignal): Promise<Uint8Array> {
  const info = await session.info();
  requireLargeBlobs(info);
  const [get, capacity] = [fragmentLength(info), largeBlobCapacity(info)];
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ; ) {
    const { config } = await session.call(largeBlobs, { get, offset }, { signal });
    if (!config || config.length > get) throw malformed('the key answers with another piece of its large blobs');
    pieces.push(config);
    offset += config.length;
    if (offset > capacity) throw malformed(`the key has room for ${capacity} bytes of large blobs and gives more`);
    if (config.length < get) return new Uint8Array(Buffer.concat(pieces));
  }
}

/**
 * Stores `array`, which is serialized, in place of what is there. The key replaces nothing before the last fragment has
 * come and fits the trailer. One exchange for each fragment, then as many as it takes to read it back. Permission lbw.
 * @throws {FidoError} `too-large`, `state-lost` if another program wrote meanwhile, `refused` if the key found it damaged or
 *   shows something else afterwards; of the transport, and then the message says whether it may have been written
 */
export async function writeLargeBlobArray(
  session: Session,
  authorization: Authorization,
  array: Uint8Array,
): Promise<void> {
  const info = await session.info();
  const [length, capacity] = [fragmentLength(info), largeBlobCapacity(info)];
  if (array.length > capacity) throw noRoom(array.length, capacity);
  for (let offset = 0; offset < array.length; offset += length) {
    const set = array.subarray(offset, offset + length);
    const isLast = offset + length >= array.length;
    try {
      await writeFragment(session, authorization, { offset, set, total: array.length });
    } catch (error) {
      throw explained(error, isLast);
    }
  }
  await verifyWritten(session, array);
}

interface Fragment {
  offset: number;
  set: Uint8Array;
  /** Bytes of the whole. */
  total: number;
}

async function writeFragment(
  session: Session,
  authorization: Authorization,
  { offset, set, total }: Fragment,
): Promise<void> {
  const isFirst = offset === 0;
  const message = largeBlobsAuthMessage({ offset, set });
  await authorization.run(
    (authenticate) =>
      session.call(largeBlobs, { set, offset, ...(isFirst ? { length: total } : {}), ...authenticate(message) }),
    // Later, getting another token would end the writing.
    { replay: isFirst },
  );
}

/** Not to be interrupted: it takes a moment, and makes the difference between done and uncertain. */
async function verifyWritten(session: Session, array: Uint8Array): Promise<void> {
  let stored: Uint8Array;
  try {
    stored = await readLargeBlobArray(session, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof FidoError)) throw error;
    throw new FidoError(error.code, `${error.message}; the key had said that the blobs are written`, {
      hint: 'Insert the key again and look: seckey blobs list',
      cause: error,
    });
  }
  if (equalBytes(stored, array)) return;
  throw new FidoError('refused', 'the key said that the blobs are written, but it shows others', {
    hint: 'Another program may have written at the same time. Look what is there: seckey blobs list',
  });
}

function explained(error: unknown, isLast: boolean): unknown {
  const refusal = (code: 'too-large' | 'state-lost' | 'refused', message: string, hint: string) =>
    new CtapStatusError(code, message, error as CtapStatusError, { hint, cause: error });
  if (hasStatus(error, S.CTAP2_ERR_LARGE_BLOB_STORAGE_FULL)) {
    return refusal('too-large', 'the key has no room for this; nothing was written', MAKE_ROOM);
  }
  if (hasStatus(error, S.CTAP2_ERR_INTEGRITY_FAILURE)) {
    const message = 'what arrived at the key was damaged; nothing was written, and it keeps what it had';
    return refusal('refused', message, 'Run the command again. If it stays, try another port or cable.');
  }
  if (hasStatus(error, S.CTAP1_ERR_INVALID_SEQ)) {
    const message = 'another program wrote to the key at the same time; nothing was written';
    return refusal('state-lost', message, 'Close it, then run the command again.');
  }
  if (error instanceof FidoError && error.code === 'interrupted' && !error.answerLost) {
    return new FidoError('interrupted', 'nothing was written; the key keeps what it had', { cause: error });
  }
  if (!isTransportFailure(error)) return error;
  const outcome = isLast
    ? 'whether the blobs were written is not known'
    : 'they were not written, and the key keeps the blobs it had';
  return new FidoError(error.code, `${error.message}; ${outcome}`, {
    hint: 'Insert the key again and look: seckey blobs list',
    cause: error,
  });
}

const MAKE_ROOM = 'Make room: seckey blobs list shows what is there, seckey blobs compact drops what nobody can open.';

function noRoom(length: number, capacity: number): FidoError {
  return new FidoError(
    'too-large',
    `with this the large blobs would have ${length} bytes; the key has room for ${capacity}; nothing was written`,
    { hint: MAKE_ROOM },
  );
}

function malformed(message: string): FidoError {
  return new FidoError('malformed-response', message, {
    hint: 'Replug the key and try again. If it stays, the key is damaged or not what it claims to be.',
  });
}
