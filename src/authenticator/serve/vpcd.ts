/**
 * Puts a software key on a virtual PC/SC reader: vsmartcard's vpcd, a driver of pcscd that listens on TCP for its card.
 * A message is its length (2 bytes, big-endian) and then either one control byte or an APDU.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FidoError } from '../../errors.ts';
import { type PluggedKey, Serving } from './plugged-key.ts';

const PCSCD_LOG = 'Was pcscd stopped? Start it again, then serve again; its log says more: journalctl -u pcscd';

/** The card side of a software key. */
export interface ServedCard {
  /** Answer to reset, at most 33 bytes. */
  readonly atr: Uint8Array;
  powerOn(): void | Promise<void>;
  powerOff(): void | Promise<void>;
  /** Command APDU in, response with status word out. */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
}

export interface VpcdOptions {
  host?: string | undefined;
  /** The first virtual reader of a stock installation listens on 35963, its second on 35964. */
  port?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called with exceptions of the card, which are bugs; the reader gets status word 6F00. */
  onBug?: ((error: unknown) => void) | undefined;
  /** How long the reader may take to notice the card, in milliseconds. */
  noticeTimeoutMs?: number | undefined;
  /** How long a lifted card stays away at least, in ms. */
  awayMs?: number | undefined;
}

export const VPCD_DEFAULT = { host: '127.0.0.1', port: 35_963 } as const;

const CONTROL = { powerOff: 0, powerOn: 1, reset: 2, atr: 4 } as const;
const NO_DIAGNOSIS = Uint8Array.of(0x6f, 0x00);
const MAX_LENGTH = 0xffff;
/**
 * pcscd looks at its readers every 400 ms. If a card is back before pcscd has noticed that it was gone, pcscd may take
 * the reader for unresponsive until it is restarted.
 */
const AWAY_MS = 1_200;

/**
 * Lays the card on the reader; resolves once the reader has noticed it.
 * @throws {FidoError} `pcscd-not-running` nothing listens there, `key-busy` another card is on that reader,
 *   `interrupted` the signal was aborted, `transport-failed`
 */
export async function serveVpcd(card: ServedCard, options: VpcdOptions = {}): Promise<PluggedKey> {
  const { signal } = options;
  if (signal?.aborted) stopped();
  let connection: Connection | undefined;
  let liftedAt = Number.NEGATIVE_INFINITY;
  const serving = new Serving(
    {
      insert: async () => {
        if (connection !== undefined) return;
        const awayMs = liftedAt + (options.awayMs ?? AWAY_MS) - performance.now();
        if (awayMs > 0) await sleep(awayMs, undefined, { signal }).catch(stopped);
        const opened = new Connection(card, options, () => void serving.end('disconnected'));
        await opened.open();
        connection = opened;
      },
      remove: async () => {
        if (connection === undefined) return;
        const closed = connection.close();
        connection = undefined;
        liftedAt = performance.now();
        await closed;
      },
    },
    signal,
  );
  try {
    await serving.insert();
  } catch (error) {
    await serving.stop();
    throw error;
  }
  return serving;
}

/** The card from one insertion to the next removal. */
class Connection {
  readonly #card: ServedCard;
  readonly #options: VpcdOptions;
  readonly #onLost: () => void;
  readonly #address: { host: string; port: number };
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #handled: Promise<void> = Promise.resolve();
  #powered = false;
  #closing = false;
  #noticed: () => void = () => {};

  constructor(card: ServedCard, options: VpcdOptions, onLost: () => void) {
    this.#card = card;
    this.#options = options;
    this.#onLost = onLost;
    this.#address = { host: options.host ?? VPCD_DEFAULT.host, port: options.port ?? VPCD_DEFAULT.port };
  }

  async open(): Promise<void> {
    const socket = connect(this.#address);
    this.#socket = socket;
    // Nagle's algorithm against the reader's delayed ACK would cost 40 ms an APDU.
    socket.setNoDelay(true);
    try {
      await this.#untilNoticed(socket);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Lifts the card. A command that runs is not waited for, because its answer could not be delivered. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#socket?.destroy();
    await this.#power(false);
  }

  #untilNoticed(socket: Socket): Promise<void> {
    const where = `${this.#address.host}:${this.#address.port}`;
    return new Promise((resolve, reject) => {
      const { signal } = this.#options;
      // pcscd asks for the ATR a few times a second; a second card just waits in the listener's queue for ever.
      const timer = setTimeout(() => {
        settle(
          new FidoError('key-busy', `the virtual reader at ${where} does not notice the card`, { hint: OCCUPIED }),
        );
      }, this.#options.noticeTimeoutMs ?? 5_000);
      const onAbort = () => settle(interrupted());
      const settle = (error?: FidoError) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#noticed = () => {};
        if (error === undefined) resolve();
        else reject(error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#noticed = () => settle();
      socket.on('data', (chunk) => this.#onData(chunk));
      socket.on('error', (error: NodeJS.ErrnoException) => settle(connectionError(error, where)));
      socket.on('close', () => {
        settle(
          new FidoError('transport-failed', `the virtual reader at ${where} closed the connection`, {
            hint: PCSCD_LOG,
          }),
        );
        if (!this.#closing) this.#onLost();
      });
    });
  }

  #onData(chunk: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 2) {
      const end = 2 + this.#received.readUInt16BE(0);
      if (this.#received.length < end) return;
      const message = new Uint8Array(this.#received.subarray(2, end));
      this.#received = this.#received.subarray(end);
      this.#noticed();
      this.#handled = this.#handled.then(() => this.#handle(message)).catch((error) => this.#options.onBug?.(error));
    }
  }

  async #handle(message: Uint8Array): Promise<void> {
    if (this.#closing || message.length === 0) return;
    if (message.length > 1) {
      // A reader that has not noticed a quick swap does not power the card up, although its field is on.
      await this.#power(true);
      return this.#send(await this.#answer(message));
    }
    switch (message[0]) {
      case CONTROL.powerOff:
        return this.#power(false);
      case CONTROL.powerOn:
        return this.#power(true);
      case CONTROL.reset:
        // Contactless readers reset a card by switching their field off and on.
        await this.#power(false);
        return this.#power(true);
      case CONTROL.atr:
        return this.#send(this.#card.atr);
    }
  }

  async #answer(apdu: Uint8Array): Promise<Uint8Array> {
    try {
      const response = await this.#card.transmit(apdu);
      if (response.length <= MAX_LENGTH) return response;
      throw new RangeError(`response APDU of ${response.length} bytes; vpcd carries at most ${MAX_LENGTH}`);
    } catch (error) {
      this.#options.onBug?.(error);
      return NO_DIAGNOSIS;
    }
  }

  async #power(on: boolean): Promise<void> {
    if (this.#powered === on || (on && this.#closing)) return;
    this.#powered = on;
    await (on ? this.#card.powerOn() : this.#card.powerOff());
  }

  #send(payload: Uint8Array): void {
    if (this.#closing) return;
    const message = new Uint8Array(2 + payload.length);
    new DataView(message.buffer).setUint16(0, payload.length);
    message.set(payload, 2);
    this.#socket?.write(message);
  }
}

const OCCUPIED =
  'Another card lies on that reader: stop the program that serves it, or choose the port of another reader.';

function interrupted(): FidoError {
  return new FidoError('interrupted', 'serving was stopped');
}

function stopped(): never {
  throw interrupted();
}

function connectionError(error: NodeJS.ErrnoException, where: string): FidoError {
  if (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND') {
    return new FidoError('pcscd-not-running', `no virtual reader at ${where}`, {
      hint: 'Install pcscd and vsmartcard-vpcd and start pcscd: its virtual readers listen only while it runs.',
      cause: error,
    });
  }
  return new FidoError('transport-failed', `the virtual reader at ${where} failed: ${error.message}`, {
    hint: PCSCD_LOG,
    cause: error,
  });
}
