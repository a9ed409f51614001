/**
 * PC/SC through pcsc-mini, which needs no compiler.
 *
 * What had to be known of pcsc-mini 0.1.3:
 * - It watches four readers and never mentions others.
 * - That there are no readers is no event, and nothing tells the end of the first listing: the service is asked how many
 *   there are, or a pause stands for it.
 * - Starting throws at once where the service cannot be had; later failures are events, and then it has stopped.
 * - Its errors are named, as `SharingViolation`, and carry no number.
 * - The answer to an APDU lies in the buffer that was given for it.
 */
import type * as PcscMiniModule from 'pcsc-mini';
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import { connectError, EVENT_COUNTER, PCSC, serviceError, transmitError } from './pcsc-errors.ts';
import type { PcscLibrary, ReaderMonitor, ReaderStatus } from './pcsc-library.ts';
import { countPcscdReaders } from './pcscd-socket.ts';
import { MAX_RESPONSE, takeCard } from './taking-cards.ts';

/** The part of pcsc-mini that is used; tests bring their own. */
export type PcscMini = Pick<
  typeof PcscMiniModule,
  'Client' | 'CardMode' | 'CardDisposition' | 'ReaderStatus' | 'MAX_READERS'
>;
type Client = PcscMiniModule.Client;
type Card = PcscMiniModule.Card;

/** Without anybody to ask how many readers there are: all have spoken after this long, and after a pause between two. */
const FIRST_MS = 300;
const PAUSE_MS = 100;
/** One that was counted may have been unplugged since. */
const COUNTED_MS = 4_000;

/** @throws {FidoError} `nfc-unavailable` */
export async function loadPcscMini(): Promise<PcscLibrary> {
  let mini: PcscMini;
  try {
    mini = await import('pcsc-mini');
  } catch (cause) {
    throw loadError(cause);
  }
  return pcscMini(mini);
}

/** @param count how many readers the service has; undefined where it does not tell */
export function pcscMini(mini: PcscMini, count: () => Promise<number | undefined> = countPcscdReaders): PcscLibrary {
  return new Library(mini, count);
}

class Library implements PcscLibrary {
  readonly name = 'pcsc-mini';
  readonly maxReaders: number;
  readonly #mini: PcscMini;
  readonly #count: () => Promise<number | undefined>;
  /** Started, for whoever monitors or connects next. */
  #monitor: Monitor | undefined;

  constructor(mini: PcscMini, count: () => Promise<number | undefined>) {
    this.#mini = mini;
    this.#count = count;
    this.maxReaders = mini.MAX_READERS;
  }

  async check(): Promise<void> {
    try {
      this.#running();
    } catch (error) {
      throw serviceError(numbered(error));
    }
  }

  monitor(changed: (error?: FidoError) => void): ReaderMonitor {
    const monitor = this.#running();
    monitor.tell(changed);
    return monitor;
  }

  async connect(name: string): Promise<CardConnection> {
    let reader: PcscMiniModule.Reader | undefined;
    try {
      reader = this.#running().client.reader(name);
    } catch (error) {
      throw connectError(numbered(error));
    }
    if (!reader) throw connectError(numbered({ code: 'UnknownReader' }));
    const { CardMode } = this.#mini;
    const connect = async (): Promise<Card> => {
      try {
        return await reader.connect(CardMode.EXCLUSIVE);
      } catch (error) {
        throw numbered(error);
      }
    };
    return new Connection(await takeCard(connect), this.#mini);
  }

  #running(): Monitor {
    if (this.#monitor && !this.#monitor.isOver) return this.#monitor;
    this.#monitor = new Monitor(this.#mini, this.#count);
    return this.#monitor;
  }
}

class Monitor implements ReaderMonitor {
  readonly client: Client;
  isOver = false;
  complete = false;
  readonly #readers = new Map<string, ReaderStatus>();
  #expected: number | undefined;
  #changed: ((error?: FidoError) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: FidoError | undefined;

  /** @throws the library's error where the service cannot be had */
  constructor({ Client, ReaderStatus, MAX_READERS }: PcscMini, count: () => Promise<number | undefined>) {
    this.client = new Client();
    this.client.on('error', (error) => this.#fail(connectError(numbered(error))));
    this.client.on('reader', (reader) => {
      const name = reader.name();
      reader.on('change', ({ raw }) => {
        const before = this.#readers.get(name);
        const status = { name, cardPresent: (raw & ReaderStatus.PRESENT) !== 0, event: raw & EVENT_COUNTER };
        this.#readers.set(name, status);
        this.#heard(before?.cardPresent !== status.cardPresent || before.event !== status.event);
      });
      reader.on('disconnect', () => {
        this.#readers.delete(name);
        this.#heard(true);
      });
    });
    this.client.start();
    this.#finishAfter(COUNTED_MS);
    const uncounted = () => this.#finishAfter(this.#readers.size === 0 ? FIRST_MS : PAUSE_MS);
    count().then((number) => {
      this.#expected = number === undefined ? undefined : Math.min(number, MAX_READERS);
      if (number === undefined) uncounted();
      else this.#heard(false);
    }, uncounted);
  }

  get readers(): ReaderStatus[] {
    return [...this.#readers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whoever listens from now on. What has happened already is told on a later turn. */
  tell(changed: (error?: FidoError) => void): void {
    this.#changed = changed;
    if (this.complete || this.#failure) this.#notify();
  }

  close(): void {
    if (this.isOver) return;
    this.#end();
    this.#changed = undefined;
    this.client.stop();
  }

  #heard(isNews: boolean): void {
    if (this.isOver) return;
    if (this.complete) {
      if (isNews) this.#notify();
    } else if (this.#expected !== undefined) {
      if (this.#readers.size >= this.#expected) this.#finish();
    } else if (isNews) {
      // Not counted yet, or not to be counted.
      this.#timer?.refresh();
    }
  }

  #finishAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.complete && !this.isOver) this.#timer = setTimeout(() => this.#finish(), ms);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.complete = true;
    this.#notify();
  }

  #fail(error: FidoError): void {
    if (this.isOver) return;
    this.#end();
    this.#failure = error;
    this.#notify();
  }

  #end(): void {
    this.isOver = true;
    clearTimeout(this.#timer);
  }

  #notify(): void {
    setImmediate(() => this.#changed?.(this.#failure));
  }
}

class Connection implements CardConnection {
  readonly #card: Card;
  readonly #mini: PcscMini;
  readonly #room = new ArrayBuffer(MAX_RESPONSE);
  #pending: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(card: Card, mini: PcscMini) {
    this.#card = card;
    this.#mini = mini;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    if (this.#closing) throw new FidoError('transport-failed', 'the card has been let go');
    const answer = this.#card.transmit(apdu, this.#room);
    this.#pending = answer;
    try {
      return (await answer).slice();
    } catch (error) {
      throw transmitError(numbered(error));
    } finally {
      this.#pending = undefined;
    }
  }

  async reconnect(): Promise<void> {
    const { CardMode, CardDisposition } = this.#mini;
    await this.#card.reconnect(CardMode.EXCLUSIVE, CardDisposition.LEAVE).catch((error: unknown) => {
      throw connectError(numbered(error));
    });
  }

  close(): Promise<void> {
    if (!this.#closing) {
      const disconnect = () => this.#card.disconnect(this.#mini.CardDisposition.LEAVE).catch(() => {});
      // An APDU may be out for long: the card is let go once it has ended.
      this.#closing = this.#pending ? Promise.resolve() : disconnect();
      this.#pending?.then(disconnect, disconnect);
    }
    return this.#closing;
  }
}

const NUMBERS = new Map(Object.entries(PCSC).map(([name, number]) => [name.toLowerCase(), number]));

/** The library's error with PC/SC's number in its text, where its name is known. */
function numbered(error: unknown): unknown {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  const number = NUMBERS.get(String(code).toLowerCase());
  if (number === undefined) return error;
  return Object.assign(new Error(`${code} (0x${number.toString(16)})`, { cause: error }), { detail: message });
}

function loadError(cause: unknown): FidoError {
  const text = String((cause as Error | undefined)?.message);
  if (/libpcsclite\.so/.test(text)) {
    return new FidoError('nfc-unavailable', 'libpcsclite.so.1 is missing on this system', {
      hint: 'Install it (Debian: apt install libpcsclite1 pcscd; Fedora: dnf install pcsc-lite-libs pcsc-lite).',
      cause,
    });
  }
  const code = (cause as { code?: string } | undefined)?.code;
  const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return new FidoError(
    'nfc-unavailable',
    absent
      ? 'the optional package pcsc-mini is not installed'
      : 'the package pcsc-mini has nothing that works on this system',
    { hint: 'Install seckey again, or use nfc-pcsc instead (SECKEY_PCSC=nfc-pcsc).', cause },
  );
}
