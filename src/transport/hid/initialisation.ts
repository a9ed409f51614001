import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import type { HidConnection } from './connection.ts';
import { hidError } from './error-frame.ts';
import { BROADCAST_CID, CTAPHID, HID_ERROR, type Packet, toPackets } from './framing.ts';
import { SilenceLimit } from './silence-limit.ts';

const NONCE_SIZE = 8;
const RESPONSE_SIZE = 17;

/** What CTAPHID_INIT tells (CTAP 2.3 §11.2.9.1.3). */
export interface Channel {
  cid: number;
  /** CTAPHID protocol version; 2 so far. */
  protocolVersion: number;
  /** Major, minor and build number of the device, as `5.7.1`. Makers use it as they like. */
  deviceVersion: string;
  /** Bits of `CAPABILITY`. */
  capabilities: number;
}

/** What can be on the wire at one time: it gets the packets of its channel until it has ended. */
export interface Conversation {
  readonly cid: number;
  accept(packet: Packet): void;
  /** The connection is gone. */
  fail(error: FidoError): void;
}

/**
 * One CTAPHID_INIT: on the broadcast channel it allocates a channel, on an allocated one it ends whatever runs there.
 * No command is carried out by it, so it may be repeated at will.
 */
export class Initialisation implements Conversation {
  readonly cid: number;
  /** The channel, or `'busy'` if the key asks to come again later. Rejects with FidoError. */
  readonly result: Promise<Channel | 'busy'>;
  readonly #nonce = new Uint8Array(randomBytes(NONCE_SIZE));
  readonly #limit: SilenceLimit;
  #resolve!: (result: Channel | 'busy') => void;
  #reject!: (error: FidoError) => void;
  #refusal: FidoError | undefined;

  constructor(connection: HidConnection, cid: number, silenceMs: number) {
    this.cid = cid;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // One limit for the whole: replies to other programs must not keep it alive.
    this.#limit = new SilenceLimit(silenceMs, () =>
      this.fail(this.#refusal ?? new FidoError('no-answer', 'the key does not answer when a connection is opened')),
    );
    this.#send(connection).catch((error) => this.fail(asFidoError(error)));
  }

  async #send(connection: HidConnection): Promise<void> {
    for (const packet of toPackets(this.cid, CTAPHID.INIT, this.#nonce)) await connection.write(packet);
  }

  accept(packet: Packet): void {
    if (packet.kind !== 'init') return;
    if (packet.command === CTAPHID.ERROR) this.#refused(packet.data[0] ?? 0);
    // A reply with another nonce is for another program.
    else if (packet.command === CTAPHID.INIT && equalBytes(packet.data.subarray(0, NONCE_SIZE), this.#nonce)) {
      this.#answered(packet);
    }
  }

  #answered(packet: Packet & { kind: 'init' }): void {
    const view = new DataView(packet.data.buffer, packet.data.byteOffset, RESPONSE_SIZE);
    const cid = view.getUint32(8);
    if (packet.length < RESPONSE_SIZE) {
      const message = `the key answered CTAPHID_INIT with ${packet.length} bytes instead of ${RESPONSE_SIZE}`;
      this.fail(new FidoError('malformed-response', message));
    } else if (cid === 0 || cid === BROADCAST_CID) {
      this.fail(new FidoError('malformed-response', 'the key gave a connection that cannot be used'));
    } else {
      const channel = {
        cid,
        protocolVersion: view.getUint8(12),
        deviceVersion: `${view.getUint8(13)}.${view.getUint8(14)}.${view.getUint8(15)}`,
        capabilities: view.getUint8(16),
      };
      this.#end(() => this.#resolve(channel));
    }
  }

  fail(error: FidoError): void {
    this.#end(() => this.#reject(error));
  }

  #refused(code: number): void {
    if (code === HID_ERROR.ERR_CHANNEL_BUSY) {
      this.#end(() => this.#resolve('busy'));
      return;
    }
    // On the broadcast channel the error may be meant for another program: it counts only if nothing better comes.
    this.#refusal = hidError(code);
    if (this.cid !== BROADCAST_CID) this.fail(this.#refusal);
  }

  #end(settle: () => void): void {
    this.#limit.clear();
    settle();
  }
}

/** A connection's failure in our terms; the connection's own FidoErrors stay as they are. */
export function asFidoError(error: unknown): FidoError {
  if (error instanceof FidoError) return error;
  return new FidoError('transport-failed', 'sending to the key failed', { cause: error });
}
