import { concat } from '../encoding/bytes.ts';
import {
  BROADCAST_CID,
  CAPABILITY,
  CTAPHID,
  HID_ERROR,
  MAX_MESSAGE_SIZE,
  type Packet,
  parsePacket,
  Reassembly,
  toPackets,
} from '../transport/hid/framing.ts';
import { parseApdu, SW } from '../transport/nfc/apdu.ts';
import type { Authenticator } from './authenticator.ts';
import { KEEPALIVE_STATUS } from './user-presence.ts';
import { YUBICO_CTAPHID_READ_CONFIG, yubicoConfig } from './yubico-config.ts';

export interface HidEndpointOptions {
  /** Sends one 64-byte input report. Must not throw, even if the client is gone. */
  send(packet: Uint8Array): void;
}

const CTAPHID_PROTOCOL_VERSION = 2;
const NONCE_LENGTH = 8;
const KEEPALIVE_INTERVAL_MS = 100;
/** How long the next packet of a message may take; the specification names no time. */
const MESSAGE_TIMEOUT_MS = 500;
const MAX_LOCK_SECONDS = 10;

type InitPacket = Packet & { kind: 'init' };

/** The transaction under way; a device has at most one. */
type Transaction =
  | { kind: 'receiving'; cid: number; message: Reassembly; timer: NodeJS.Timeout }
  | { kind: 'running'; cid: number; controller: AbortController };

/**
 * The device's side of CTAPHID (CTAP 2.3 §11.2): packets in, packets out. It sends packets only in answer to a
 * client's.
 */
export class HidEndpoint {
  readonly #authenticator: Authenticator;
  readonly #send: (packet: Uint8Array) => void;
  /** Channels 1 to this one are allocated. */
  #lastCid = 0;
  #transaction: Transaction | undefined;
  #lock: { cid: number; timer: NodeJS.Timeout } | undefined;

  constructor(authenticator: Authenticator, { send }: HidEndpointOptions) {
    this.#authenticator = authenticator;
    this.#send = send;
  }

  /** Takes one 64-byte output report; anything else is ignored. */
  receive(bytes: Uint8Array): void {
    const packet = parsePacket(bytes);
    if (!packet) return;
    if (packet.kind === 'cont') this.#continue(packet);
    else this.#start(packet);
  }

  /** The key was pulled out: the command that runs is aborted, and its answer is not sent. */
  close(): void {
    this.#endTransaction();
    this.#unlock();
  }

  #start(packet: InitPacket): void {
    const { cid, command } = packet;
    const refusal = this.#refusalOf(packet);
    if (refusal !== undefined) this.#error(cid, refusal);
    else if (command === CTAPHID.INIT) this.#init(packet);
    else if (command === CTAPHID.CANCEL) this.#cancel(cid);
    else this.#assemble(packet);
  }

  /** The CTAPHID error code for a message that may not start now, else undefined. */
  #refusalOf({ cid, command, length }: InitPacket): number | undefined {
    const allocated = cid > 0 && cid <= this.#lastCid;
    if (cid === BROADCAST_CID ? command !== CTAPHID.INIT : !allocated) return HID_ERROR.ERR_INVALID_CHANNEL;
    // CANCEL has no answer, not even an error (§11.2.9.1.5).
    if (command === CTAPHID.CANCEL) return undefined;
    const busy = this.#transaction && this.#transaction.cid !== cid;
    if (busy || (this.#lock && this.#lock.cid !== cid)) return HID_ERROR.ERR_CHANNEL_BUSY;
    if (command === CTAPHID.INIT) return length === NONCE_LENGTH ? undefined : HID_ERROR.ERR_INVALID_LEN;
    if (this.#transaction?.kind === 'running') return HID_ERROR.ERR_CHANNEL_BUSY;
    if (this.#transaction) {
      this.#endTransaction();
      return HID_ERROR.ERR_INVALID_SEQ;
    }
    return length > MAX_MESSAGE_SIZE ? HID_ERROR.ERR_INVALID_LEN : undefined;
  }

  #assemble(packet: InitPacket): void {
    const { cid } = packet;
    const message = new Reassembly(packet);
    if (message.complete) this.#handle(message);
    else this.#transaction = { kind: 'receiving', cid, message, timer: this.#messageTimer(cid) };
  }

  #continue(packet: Packet & { kind: 'cont' }): void {
    const transaction = this.#transaction;
    if (transaction?.kind !== 'receiving' || transaction.cid !== packet.cid) return;
    clearTimeout(transaction.timer);
    if (transaction.message.add(packet) && !transaction.message.complete) {
      transaction.timer = this.#messageTimer(packet.cid);
      return;
    }
    this.#transaction = undefined;
    if (transaction.message.complete) this.#handle(transaction.message);
    else this.#error(packet.cid, HID_ERROR.ERR_INVALID_SEQ);
  }

  #messageTimer(cid: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#transaction = undefined;
      this.#error(cid, HID_ERROR.ERR_MSG_TIMEOUT);
    }, MESSAGE_TIMEOUT_MS);
  }

  /** Allocates a channel, or resynchronises the one it is sent on, whose transaction is discarded (§11.2.9.1.3). */
  #init({ cid, data }: InitPacket): void {
    if (cid !== BROADCAST_CID) {
      this.#endTransaction();
      this.#authenticator.initialiseChannel(cid);
    }
    const allocated = cid === BROADCAST_CID ? ++this.#lastCid : cid;
    const { usb } = this.#authenticator.model;
    const answer = new Uint8Array(17);
    answer.set(data.subarray(0, NONCE_LENGTH));
    new DataView(answer.buffer).setUint32(8, allocated);
    answer[12] = CTAPHID_PROTOCOL_VERSION;
    answer.set(usb?.deviceVersion ?? [0, 0, 0], 13);
    answer[16] = CAPABILITY.CBOR | (this.#knowsU2f ? 0 : CAPABILITY.NMSG) | (usb?.wink ? CAPABILITY.WINK : 0);
    this.#answer(cid, CTAPHID.INIT, answer);
  }

  /** Whether the model takes CTAPHID_MSG, which carries U2F. */
  get #knowsU2f(): boolean {
    return this.#authenticator.model.info.versions.includes('U2F_V2');
  }

  /** CANCEL itself is not answered; the cancelled request answers CTAP2_ERR_KEEPALIVE_CANCEL (0x2D). */
  #cancel(cid: number): void {
    if (this.#transaction?.kind === 'running' && this.#transaction.cid === cid) this.#transaction.controller.abort();
  }

  #handle({ cid, command, payload }: Reassembly): void {
    if (command === CTAPHID.CBOR && payload.length > 0) {
      void this.#run(cid, payload);
      return;
    }
    if (command === CTAPHID.MSG && this.#knowsU2f) {
      void this.#runU2f(cid, payload);
      return;
    }
    const answer = this.#answerTo(command, payload, cid);
    if (typeof answer === 'number') this.#error(cid, answer);
    else this.#answer(cid, command, answer);
  }

  /** The answer to a command that takes no time: a payload, or a CTAPHID error code. */
  #answerTo(command: number, payload: Uint8Array, cid: number): Uint8Array | number {
    switch (command) {
      case CTAPHID.PING:
        return payload;
      case CTAPHID.CBOR:
        return HID_ERROR.ERR_INVALID_LEN;
      case CTAPHID.WINK:
        return this.#wink(payload);
      case CTAPHID.LOCK:
        return this.#setLock(cid, payload);
      case YUBICO_CTAPHID_READ_CONFIG: {
        // Other makers use this command number for other things, so it is only answered by Yubico models.
        const { model, state } = this.#authenticator;
        return yubicoConfig(model, state, payload[0] ?? 0) ?? HID_ERROR.ERR_INVALID_CMD;
      }
      default:
        return HID_ERROR.ERR_INVALID_CMD;
    }
  }

  async #run(cid: number, request: Uint8Array): Promise<void> {
    const controller = new AbortController();
    const transaction: Transaction = { kind: 'running', cid, controller };
    this.#transaction = transaction;
    const isCurrent = () => this.#transaction === transaction;
    let status: number = KEEPALIVE_STATUS.processing;
    const keepalive = () => {
      // None after a cancel: a client may take the next packet for the answer.
      if (isCurrent() && !controller.signal.aborted) this.#answer(cid, CTAPHID.KEEPALIVE, Uint8Array.of(status));
    };
    const interval = setInterval(keepalive, KEEPALIVE_INTERVAL_MS);
    const answer = await this.#authenticator.process(request, {
      transport: 'usb',
      channel: cid,
      signal: controller.signal,
      onKeepalive: (changed) => {
        status = changed;
        keepalive();
      },
    });
    clearInterval(interval);
    if (!isCurrent()) return;
    this.#transaction = undefined;
    this.#answer(cid, CTAPHID.CBOR, answer);
  }

  /** CTAP1 has no keepalives. */
  async #runU2f(cid: number, payload: Uint8Array): Promise<void> {
    const apdu = parseApdu(payload);
    if (!apdu) {
      this.#answer(cid, CTAPHID.MSG, withStatusWord(new Uint8Array(0), SW.wrongLength));
      return;
    }
    const controller = new AbortController();
    const transaction: Transaction = { kind: 'running', cid, controller };
    this.#transaction = transaction;
    const { data, sw } = await this.#authenticator.processU2f(apdu, { transport: 'usb', signal: controller.signal });
    if (this.#transaction !== transaction) return;
    this.#transaction = undefined;
    this.#answer(cid, CTAPHID.MSG, withStatusWord(data, sw));
  }

  #wink(payload: Uint8Array): Uint8Array | number {
    const { model, environment } = this.#authenticator;
    if (!model.usb?.wink) return HID_ERROR.ERR_INVALID_CMD;
    if (payload.length !== 0) return HID_ERROR.ERR_INVALID_LEN;
    environment.wink?.();
    return payload;
  }

  #setLock(cid: number, payload: Uint8Array): Uint8Array | number {
    const [seconds] = payload;
    if (seconds === undefined || payload.length !== 1) return HID_ERROR.ERR_INVALID_LEN;
    if (seconds > MAX_LOCK_SECONDS) return HID_ERROR.ERR_INVALID_PAR;
    this.#unlock();
    if (seconds > 0) this.#lock = { cid, timer: setTimeout(() => this.#unlock(), seconds * 1000) };
    return new Uint8Array(0);
  }

  #unlock(): void {
    clearTimeout(this.#lock?.timer);
    this.#lock = undefined;
  }

  #endTransaction(): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction?.kind === 'receiving') clearTimeout(transaction.timer);
    else transaction?.controller.abort();
  }

  #error(cid: number, code: number): void {
    this.#answer(cid, CTAPHID.ERROR, Uint8Array.of(code));
  }

  #answer(cid: number, command: number, payload: Uint8Array): void {
    for (const packet of toPackets(cid, command, payload)) this.#send(packet);
  }
}

function withStatusWord(data: Uint8Array, sw: number): Uint8Array {
  return concat(data, Uint8Array.of(sw >> 8, sw & 0xff));
}
