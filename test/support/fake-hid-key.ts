import { concat, toHex } from '../../src/encoding/bytes.ts';
import { FidoError } from '../../src/errors.ts';
import type { HidConnection } from '../../src/transport/hid/connection.ts';
import {
  BROADCAST_CID,
  CAPABILITY,
  CTAPHID,
  HID_ERROR,
  parsePacket,
  Reassembly,
  toPackets,
} from '../../src/transport/hid/framing.ts';

export const CID = 0x0102a3b4;
export const CANCELLED = Uint8Array.of(0x2d);

export interface Message {
  cid: number;
  command: number;
  payload: Uint8Array;
}

/**
 * A key in memory that follows the rules of CTAPHID, or, through `answer`, breaks them. Packets arrive one macrotask
 * each, as from a driver; nothing here depends on the clock.
 */
export class FakeHidKey implements HidConnection {
  /** Commands that were received whole and begun with, in order; INIT and CANCEL apart. */
  readonly begun: Message[] = [];
  readonly written: Uint8Array[] = [];
  inits = 0;
  cancels = 0;
  closes = 0;
  capabilities: number = CAPABILITY.WINK | CAPABILITY.CBOR;
  nextCid = CID;
  /** Answers a command; without it, PING echoes and everything else gets one zero byte. */
  answer: (message: Message, key: FakeHidKey) => void = (message, key) => key.echo(message);
  /** Sees every whole or partial message first; true means that it has dealt with the packet. */
  intercept: (packet: Uint8Array, key: FakeHidKey) => boolean = () => false;
  /** What CANCEL does while a command is running. */
  onCancel: (message: Message, key: FakeHidKey) => void = (message, key) =>
    key.send(message.cid, message.command, CANCELLED);
  running: Message | undefined;
  #channels = new Set<number>();
  #incoming: Reassembly | undefined;
  #packetListener: (packet: Uint8Array) => void = () => {};
  #closedListener: (error?: FidoError) => void = () => {};
  #outgoing: Uint8Array[] = [];
  #removed = false;

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#packetListener = listener;
  }
  onClosed(listener: (error?: FidoError) => void): void {
    this.#closedListener = listener;
  }
  async close(): Promise<void> {
    this.closes++;
  }

  async write(packet: Uint8Array): Promise<void> {
    if (this.#removed) throw new FidoError('key-removed', 'the key was removed');
    this.written.push(Uint8Array.from(packet));
    if (!this.intercept(packet, this)) this.receive(packet);
  }

  /** Unplugs the key. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    this.#outgoing = [];
    this.#closedListener();
  }

  /** The key is reset behind the same node: it has forgotten its channels. */
  forgetChannels(): void {
    this.#channels.clear();
    this.running = undefined;
  }

  send(cid: number, command: number, payload: Uint8Array = new Uint8Array(0)): void {
    if (command !== CTAPHID.KEEPALIVE && this.running?.cid === cid) this.running = undefined;
    for (const packet of toPackets(cid, command, payload)) this.sendPacket(packet);
  }
  sendPacket(packet: Uint8Array): void {
    this.#outgoing.push(packet);
    setImmediate(() => {
      const next = this.#outgoing.shift();
      if (next && !this.#removed) this.#packetListener(next);
    });
  }
  error(cid: number, code: number): void {
    this.send(cid, CTAPHID.ERROR, Uint8Array.of(code));
  }
  keepalive(status: number, cid = CID): void {
    this.send(cid, CTAPHID.KEEPALIVE, Uint8Array.of(status));
  }
  echo({ cid, command, payload }: Message): void {
    if (command === CTAPHID.WINK) this.send(cid, command);
    else this.send(cid, command, command === CTAPHID.PING ? payload : Uint8Array.of(0, ...payload));
  }

  /** A key's own handling of one packet (CTAP 2.3 §11.2.5). */
  receive(bytes: Uint8Array): void {
    const packet = parsePacket(bytes);
    if (!packet) throw new Error('the client wrote a packet of another size');
    const { cid } = packet;
    if (packet.kind === 'cont') {
      if (this.#incoming?.cid !== cid) return;
      if (this.#incoming.add(packet)) this.#complete();
      else {
        this.#incoming = undefined;
        this.error(cid, HID_ERROR.ERR_INVALID_SEQ);
      }
    } else if (packet.command === CTAPHID.INIT) this.#init(cid, packet.data.slice(0, 8));
    else if (!this.#channels.has(cid)) this.error(cid, HID_ERROR.ERR_INVALID_CHANNEL);
    else if (packet.command === CTAPHID.CANCEL) {
      this.cancels++;
      if (this.#incoming) this.error(cid, HID_ERROR.ERR_INVALID_SEQ);
      else if (this.running?.cid === cid) this.onCancel(this.running, this);
    } else if (this.#incoming || this.running) this.error(cid, HID_ERROR.ERR_CHANNEL_BUSY);
    else {
      this.#incoming = new Reassembly(packet);
      this.#complete();
    }
  }

  #init(cid: number, nonce: Uint8Array): void {
    this.inits++;
    this.#incoming = undefined;
    this.running = undefined;
    if (cid !== BROADCAST_CID && !this.#channels.has(cid)) {
      this.error(cid, HID_ERROR.ERR_INVALID_CHANNEL);
      return;
    }
    const given = cid === BROADCAST_CID ? this.nextCid++ : cid;
    this.#channels.add(given);
    this.send(cid, CTAPHID.INIT, initReply(nonce, given, this.capabilities));
  }

  #complete(): void {
    const message = this.#incoming;
    if (!message?.complete) return;
    this.#incoming = undefined;
    const { cid, command, payload } = message;
    this.running = { cid, command, payload };
    this.begun.push(this.running);
    this.answer(this.running, this);
  }

  /** Commands begun with, as hex, without those of PING. */
  get commands(): string[] {
    return this.begun.filter(({ command }) => command !== CTAPHID.PING).map(({ payload }) => toHex(payload));
  }
}

export function initReply(nonce: Uint8Array, cid: number, capabilities: number): Uint8Array {
  const numbers = new Uint8Array(9);
  new DataView(numbers.buffer).setUint32(0, cid);
  numbers.set([2, 5, 7, 1, capabilities], 4);
  return concat(nonce, numbers);
}
