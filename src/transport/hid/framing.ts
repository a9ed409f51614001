/** CTAPHID packets (CTAP 2.3 §11.2.4). Pure; both the client and the software key speak through these. */

/** Bytes of a report, over USB and over whatever else carries CTAPHID (CTAP 2.3 §11.2.4). */
export const PACKET_SIZE = 64;
const INIT_HEADER = 7;
const CONT_HEADER = 5;
const INIT_DATA = PACKET_SIZE - INIT_HEADER;
const CONT_DATA = PACKET_SIZE - CONT_HEADER;
const MAX_SEQUENCE = 0x7f;

/** 57 + 128 × 59 bytes. */
export const MAX_MESSAGE_SIZE = INIT_DATA + (MAX_SEQUENCE + 1) * CONT_DATA;

export const BROADCAST_CID = 0xffff_ffff;

/** CTAPHID commands, without the INIT packet's top bit (§11.2.9). */
export const CTAPHID = {
  PING: 0x01,
  MSG: 0x03,
  LOCK: 0x04,
  INIT: 0x06,
  WINK: 0x08,
  CBOR: 0x10,
  CANCEL: 0x11,
  KEEPALIVE: 0x3b,
  ERROR: 0x3f,
} as const;

/** Capabilities in the INIT response. */
export const CAPABILITY = { WINK: 0x01, CBOR: 0x04, NMSG: 0x08 } as const;

/** Payload of CTAPHID_ERROR (§11.2.9.1.6). */
export const HID_ERROR = {
  ERR_INVALID_CMD: 0x01,
  ERR_INVALID_PAR: 0x02,
  ERR_INVALID_LEN: 0x03,
  ERR_INVALID_SEQ: 0x04,
  ERR_MSG_TIMEOUT: 0x05,
  ERR_CHANNEL_BUSY: 0x06,
  ERR_LOCK_REQUIRED: 0x0a,
  ERR_INVALID_CHANNEL: 0x0b,
  ERR_OTHER: 0x7f,
} as const;

export type Packet =
  | { kind: 'init'; cid: number; command: number; length: number; data: Uint8Array }
  | { kind: 'cont'; cid: number; sequence: number; data: Uint8Array };

/**
 * Cuts a message into 64-byte packets, the last one padded with zeros.
 * @throws {RangeError} if `payload` exceeds 7,609 bytes.
 */
export function toPackets(cid: number, command: number, payload: Uint8Array): Uint8Array[] {
  if (payload.length > MAX_MESSAGE_SIZE) {
    throw new RangeError(`message of ${payload.length} bytes; CTAPHID carries at most ${MAX_MESSAGE_SIZE}`);
  }
  const first = packet(cid, command | 0x80);
  first[5] = payload.length >> 8;
  first[6] = payload.length & 0xff;
  first.set(payload.subarray(0, INIT_DATA), INIT_HEADER);
  const packets = [first];
  for (let offset = INIT_DATA; offset < payload.length; offset += CONT_DATA) {
    const next = packet(cid, packets.length - 1);
    next.set(payload.subarray(offset, offset + CONT_DATA), CONT_HEADER);
    packets.push(next);
  }
  return packets;
}

// V8 keeps 64 bytes in the object itself until somebody asks for their buffer, as a DataView or subarray does: that takes
// longer than all the rest. So packets are read and written byte by byte, and their data is a copy.

function packet(cid: number, type: number): Uint8Array {
  const bytes = new Uint8Array(PACKET_SIZE);
  bytes[0] = cid >>> 24;
  bytes[1] = cid >>> 16;
  bytes[2] = cid >>> 8;
  bytes[3] = cid;
  bytes[4] = type;
  return bytes;
}

/** The parts of one packet; undefined if it is not 64 bytes long. `data` is a copy, padding included. */
export function parsePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length !== PACKET_SIZE) return undefined;
  const cid = (uint16(bytes, 0) * 0x10000 + uint16(bytes, 2)) >>> 0;
  const type = bytes[4] as number;
  return type & 0x80
    ? { kind: 'init', cid, command: type & 0x7f, length: uint16(bytes, 5), data: bytes.slice(INIT_HEADER) }
    : { kind: 'cont', cid, sequence: type, data: bytes.slice(CONT_HEADER) };
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Puts one message together from its packets, in order. Which packets belong to it is the caller's decision. */
export class Reassembly {
  readonly cid: number;
  readonly command: number;
  readonly #payload: Uint8Array;
  #filled = 0;
  #nextSequence = 0;

  /** @throws {RangeError} if the announced length exceeds 7,609 bytes. */
  constructor(init: Packet & { kind: 'init' }) {
    if (init.length > MAX_MESSAGE_SIZE) throw new RangeError(`announced length of ${init.length} bytes`);
    this.cid = init.cid;
    this.command = init.command;
    this.#payload = new Uint8Array(init.length);
    this.#append(init.data);
  }

  /** False if the sequence number is not the next one; the message is then lost. */
  add(cont: Packet & { kind: 'cont' }): boolean {
    if (this.complete || cont.sequence !== this.#nextSequence) return false;
    this.#nextSequence++;
    this.#append(cont.data);
    return true;
  }

  get complete(): boolean {
    return this.#filled === this.#payload.length;
  }

  get payload(): Uint8Array {
    return this.#payload;
  }

  #append(data: Uint8Array): void {
    const missing = this.#payload.length - this.#filled;
    const part = data.length <= missing ? data : data.slice(0, missing);
    this.#payload.set(part, this.#filled);
    this.#filled += part.length;
  }
}
