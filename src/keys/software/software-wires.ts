/** Packets and APDUs between a client and a software key in the same process, cut when the key is taken out. */

import type { PluggedCard, PluggedHid } from '../../authenticator/hostile/hostile-wires.ts';
import { FidoError } from '../../errors.ts';
import type { HidConnection } from '../../transport/hid/connection.ts';
import type { CardConnection } from '../../transport/nfc/connection.ts';

export class HidWire implements HidConnection {
  readonly #endpoint: PluggedHid;
  #packet: (packet: Uint8Array) => void = () => {};
  #closed: () => void = () => {};
  #open = true;

  constructor(plug: (send: (packet: Uint8Array) => void) => PluggedHid) {
    // Packets travel between turns of the event loop, as they would through a kernel.
    this.#endpoint = plug((packet) => setImmediate(() => this.#open && this.#packet(packet)));
  }

  async write(packet: Uint8Array): Promise<void> {
    if (!this.#open) throw new FidoError('key-removed', 'the key was removed');
    const copy = Uint8Array.from(packet);
    setImmediate(() => this.#open && this.#endpoint.receive(copy));
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#packet = listener;
  }

  onClosed(listener: () => void): void {
    this.#closed = listener;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#endpoint.close();
  }

  /** The key was taken out. */
  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#endpoint.close();
    this.#closed();
  }
}

export class NfcWire implements CardConnection {
  readonly #endpoint: PluggedCard;
  #open = true;
  #cut: () => void = () => {};
  readonly removed = new Promise<void>((resolve) => {
    this.#cut = resolve;
  });

  constructor(endpoint: PluggedCard) {
    this.#endpoint = endpoint;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    if (!this.#open) throw new FidoError('key-removed', 'the card was removed');
    const answer = await this.#endpoint.transmit(Uint8Array.from(apdu));
    if (!this.#open) throw new FidoError('key-removed', 'the card was removed');
    return answer;
  }

  async reconnect(): Promise<void> {
    if (!this.#open) throw new FidoError('key-removed', 'the card was removed');
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#endpoint.powerOff();
    this.#cut();
  }
}
