import { EventEmitter } from 'node:events';
import type { Nfc, PcscBinding, RawReader } from '../../src/transport/nfc/pcsc-binding.ts';

/** An error as the binding words it. */
export const pcscFailure = (call: string, code: number): Error =>
  new Error(`${call} error: Something.(0x${code.toString(16).padStart(8, '0')})`);

type Callback = (error?: Error | null, value?: unknown) => void;

/** A reader of a {@link FakePcsc}: what is in it, and what goes wrong with it. */
export interface FakeSlot {
  /** Answers APDUs (hex); absent = no card. Throws what the reader reports. */
  card?: ((apdu: string) => string | Promise<string>) | undefined;
  connectError?: number | undefined;
  events: number;
  mute?: boolean;
}

const PRESENT = 0x20;
const EMPTY = 0x10;

/** nfc-pcsc and its addon as far as seckey uses them, with the habits that it has to cope with. */
export class FakePcsc {
  readonly slots = new Map<string, FakeSlot>();
  /** Error number of SCardEstablishContext. */
  serviceError: number | undefined;
  /** Native threads that would keep the process from ending. */
  threads = 0;
  /** Every connect and disconnect, in order. */
  readonly calls: string[] = [];
  /** Instances created while the service was away: there the real one spins for ever. */
  spins = 0;
  readonly #exclusive = new Map<string, object>();
  readonly #watchers = new Set<() => void>();
  readonly #failers = new Set<(error: Error) => void>();

  insert(name: string, card?: FakeSlot['card']): FakeSlot {
    const slot = this.slots.get(name) ?? { events: 0 };
    slot.card = card;
    slot.events++;
    this.slots.set(name, slot);
    for (const watcher of [...this.#watchers]) watcher();
    return slot;
  }

  stop(): void {
    this.serviceError = 0x8010001d;
    for (const fail of [...this.#failers]) fail(pcscFailure('SCardGetStatusChange', 0x8010001d));
  }

  binding(): PcscBinding {
    const fake = this;
    class CardReader extends EventEmitter {
      readonly name: string;
      connected = false;
      readonly SCARD_SHARE_EXCLUSIVE = 1;
      readonly SCARD_LEAVE_CARD = 0;
      readonly SCARD_STATE_PRESENT = PRESENT;
      #watched: (() => void) | undefined;
      constructor(name: string) {
        super();
        this.name = name;
      }
      watch(): void {
        let last: number | undefined;
        const report = (): void => {
          const slot = fake.slots.get(this.name);
          if (!slot || slot.mute) return;
          const state = slot.events * 0x10000 + (slot.card ? PRESENT : EMPTY);
          if (state !== last) setImmediate(() => this.emit('status', { state }));
          last = state;
        };
        fake.threads++;
        fake.#watchers.add(report);
        this.#watched = report;
        report();
      }
      close(): void {
        if (!this.#watched) return;
        fake.threads--;
        fake.#watchers.delete(this.#watched);
        this.#watched = undefined;
        setImmediate(() => this.emit('end'));
      }
      connect(_options: object, callback: Callback): void {
        const slot = fake.slots.get(this.name);
        fake.calls.push(`connect ${this.name.slice(0, 8)}`);
        setImmediate(() => {
          const holder = fake.#exclusive.get(this.name);
          const fault =
            fake.serviceError ??
            (this.name.length > 128 ? 0x80100011 : undefined) ??
            (slot ? slot.connectError : 0x80100009) ??
            (slot?.card ? undefined : 0x8010000c) ??
            (holder && holder !== this ? 0x8010000b : undefined);
          if (fault !== undefined) return callback(pcscFailure('SCardConnect', fault));
          if (this.connected) return callback();
          this.connected = true;
          fake.#exclusive.set(this.name, this);
          callback(null, 2);
        });
      }
      disconnect(_disposition: number, callback: Callback): void {
        fake.calls.push(`disconnect ${this.name}`);
        if (fake.#exclusive.get(this.name) === this) fake.#exclusive.delete(this.name);
        this.connected = false;
        setImmediate(callback);
      }
      transmit(data: Uint8Array, _max: number, _protocol: number, callback: Callback): void {
        if (!Buffer.isBuffer(data)) throw new Error('First argument must be a Buffer');
        const answer = async (): Promise<string> =>
          (fake.slots.get(this.name)?.card ?? (() => ''))(Buffer.from(data).toString('hex'));
        answer().then(
          (hex) => callback(null, Buffer.from(hex, 'hex')),
          (error: Error) => callback(error),
        );
      }
    }
    class NFC extends EventEmitter {
      pcsc = { start: (_: Callback): void => {} };
      readonly #readers = new Map<string, CardReader>();
      #update: (() => void) | undefined;
      constructor() {
        super();
        if (fake.serviceError !== undefined) fake.spins++;
        this.pcsc.start = (callback) => {
          this.#update = () => callback(undefined, undefined);
          fake.threads++;
          fake.#watchers.add(this.#update);
          fake.#failers.add(this.#fail);
          setImmediate(this.#update);
        };
        process.nextTick(() => this.pcsc.start(() => this.#list()));
      }
      readonly #fail = (error: Error): void => void setImmediate(() => this.emit('error', error));
      #list(): void {
        for (const name of fake.slots.keys()) {
          if (this.#readers.has(name)) continue;
          const reader = new CardReader(name);
          this.#readers.set(name, reader);
          reader.on('status', () => {
            throw new Error("nfc-pcsc's own listener would connect to the card");
          });
          this.emit('reader', { reader, on() {} });
          reader.watch();
        }
      }
      close(): void {
        if (!this.#update) return;
        fake.threads--;
        fake.#watchers.delete(this.#update);
        fake.#failers.delete(this.#fail);
        this.#update = undefined;
        this.#fail(pcscFailure('SCardGetStatusChange', 0x80100002));
      }
    }
    return {
      NFC: NFC as unknown as new () => Nfc,
      CardReader: CardReader as unknown as new (name: string) => RawReader,
    };
  }
}
