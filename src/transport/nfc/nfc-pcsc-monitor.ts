/**
 * Which readers are there, and whether a card is in them, as nfc-pcsc's native threads report it.
 *
 * What had to be known of nfc-pcsc 0.8 and @pokusew/pcsclite 0.6:
 * - nfc-pcsc's Reader answers a card by connecting to it, shared: its status listener is taken off.
 * - That there are no readers is no event. The addon's `start` is wrapped, so that the end of the first listing is seen.
 * - Native events run with the reader's mutex held, microtasks included, and `close` takes that mutex: everything that
 *   follows from an event waits for the next turn of the event loop.
 * - While an APDU is out, its raw reader's mutex is held, too, so a status event of the same raw reader would stop the
 *   whole process until the card answers. That is why these raw readers never connect: pcsc.ts makes others for that.
 * - An object collected as garbage while its last native event is on the way is a crash: {@link retire} keeps them for a while.
 */
import type { FidoError } from '../../errors.ts';
import type { PcscBinding, RawReader } from './pcsc-binding.ts';
import { connectError, EVENT_COUNTER } from './pcsc-errors.ts';
import type { ReaderMonitor, ReaderStatus } from './pcsc-library.ts';

const RETIRED_MS = 10_000;
const retired = new Set<object>();

export class NfcPcscMonitor implements ReaderMonitor {
  readonly #readers = new Map<string, ReaderStatus>();
  readonly #nfc: InstanceType<PcscBinding['NFC']>;
  readonly #raw = new Map<string, RawReader>();
  readonly #silent = new Set<RawReader>();
  readonly #changed: (error?: FidoError) => void;
  #listed = false;
  #closed = false;

  /**
   * @param changed as {@link PcscLibrary.monitor} has it
   */
  constructor({ NFC }: PcscBinding, changed: (error?: FidoError) => void) {
    this.#changed = changed;
    this.#nfc = new NFC();
    const { pcsc } = this.#nfc;
    const start = pcsc.start;
    pcsc.start = (callback) => {
      start.call(pcsc, (error, names) => {
        callback(error, names);
        this.#listed = true;
        this.#notify();
      });
    };
    this.#nfc.on('error', (error) => this.#notify(connectError(error)));
    this.#nfc.on('reader', (wrapped) => {
      wrapped.on('error', () => {});
      this.#add(wrapped.reader);
    });
  }

  /** All readers there are have told their state. */
  get complete(): boolean {
    return this.#listed && this.#silent.size === 0;
  }

  /** In the order of their names. */
  get readers(): ReaderStatus[] {
    return [...this.#readers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #add(reader: RawReader): void {
    reader.removeAllListeners('status');
    this.#raw.set(reader.name, reader);
    this.#silent.add(reader);
    reader.on('status', ({ state }) => {
      this.#silent.delete(reader);
      const cardPresent = (state & reader.SCARD_STATE_PRESENT) !== 0;
      const event = state & EVENT_COUNTER;
      const before = this.#readers.get(reader.name);
      this.#readers.set(reader.name, { name: reader.name, cardPresent, event });
      if (before?.cardPresent !== cardPresent || before.event !== event) this.#notify();
    });
    reader.on('error', () => this.#remove(reader));
    reader.on('end', () => {
      this.#remove(reader);
      if (this.#raw.get(reader.name) === reader) this.#raw.delete(reader.name);
      retire(reader);
    });
  }

  #remove(reader: RawReader): void {
    this.#silent.delete(reader);
    if (this.#raw.get(reader.name) === reader) this.#readers.delete(reader.name);
    this.#notify();
  }

  #notify(error?: FidoError): void {
    setImmediate(() => {
      if (!this.#closed && (error || this.complete)) this.#changed(error);
    });
  }

  /** Ends all native threads, so that the process can end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    retire(this.#nfc, ...this.#raw.values());
    for (const reader of this.#raw.values()) reader.close();
    this.#nfc.close();
  }
}

function retire(...objects: object[]): void {
  for (const object of objects) retired.add(object);
  setTimeout(() => {
    for (const object of objects) retired.delete(object);
  }, RETIRED_MS).unref();
}
