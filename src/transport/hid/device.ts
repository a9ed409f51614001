import { FidoError } from '../../errors.ts';
import type { MakerConfiguration, MakerEntry } from '../../makers/maker.ts';
import { CANCEL_MS, type CtapDevice, type TransactOptions, type Transport } from '../device.ts';
import { type VendorFacet, vendorFacet } from '../vendor-facet.ts';
import type { HidConnection } from './connection.ts';
import { hidError, needsResynchronisation } from './error-frame.ts';
import { Exchange, type Outcome } from './exchange.ts';
import { BROADCAST_CID, CAPABILITY, CTAPHID, HID_ERROR, MAX_MESSAGE_SIZE, parsePacket } from './framing.ts';
import { type Channel, type Conversation, Initialisation } from './initialisation.ts';

/** Limits in ms, for whoever knows better than the specification what the way to the key takes. */
export interface HidDeviceOptions {
  /** What carries the packets; the name of a program's own transport. `usb` */
  transport?: Transport | undefined;
  /** Whose key it is, where known (`findMaker`): vendor commands mean something else with every maker. */
  maker?: MakerEntry | undefined;
  /** Longest silence before the first packet of an answer, and between packets or keepalives. 3 s. */
  silenceMs?: number;
  /** How long a cancelled command may take to answer. 0.6 s. */
  cancelMs?: number;
  /** Pause before a command that met a busy key is offered again. 100 ms. */
  busyRetryMs?: number;
  /** How long a busy key is waited for. 5 s. */
  busyLimitMs?: number;
}

type Limits = Required<Omit<HidDeviceOptions, 'transport' | 'maker'>>;
const DEFAULT_LIMITS: Limits = { silenceMs: 3000, cancelMs: CANCEL_MS, busyRetryMs: 100, busyLimitMs: 5000 };
const NOTHING = new Uint8Array(0);
/** For everything but CTAP2: no key works on WINK, PING or its configuration for so long. */
const PLAIN_LIMIT_MS = 10_000;
/** After a key was given up, its channel is still asked for, but nobody waits for that. */
const FAREWELL_MS = 100;
const CLOSE_LIMIT_MS = 500;

/**
 * Allocates a channel on `connection` (CTAP 2.3 §11.2.9.1.3). The device then owns the connection; if this fails, the
 * connection is closed. U2F-only keys open too, so that they can be made to blink; `transact` refuses them.
 * @throws {FidoError} `key-removed`, `no-answer`, `key-busy`, `transport-failed`, `malformed-response`
 */
export async function openHidDevice(connection: HidConnection, options: HidDeviceOptions = {}): Promise<HidDevice> {
  const device = new HidDevice(connection, options);
  try {
    await device.open();
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** A security key over CTAPHID. Made by {@link openHidDevice}. */
export class HidDevice implements CtapDevice {
  readonly transport: Transport;
  readonly removed: Promise<void>;
  readonly #connection: HidConnection;
  readonly #maker: MakerEntry | undefined;
  readonly #limits: Limits;
  readonly #closing = new AbortController();
  #channel: Channel = { cid: BROADCAST_CID, protocolVersion: 0, deviceVersion: '0.0.0', capabilities: 0 };
  /** The channel's state is unknown: a message on it may be unfinished, or its answer still to come. */
  #unsynchronised = false;
  #current: Conversation | undefined;
  #running: Promise<unknown> | undefined;
  #lost: FidoError | undefined;
  #closed: Promise<void> | undefined;

  constructor(connection: HidConnection, { transport = 'usb', maker, ...limits }: HidDeviceOptions) {
    this.transport = transport;
    this.#maker = maker;
    this.#connection = connection;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    connection.onPacket((bytes) => {
      const packet = parsePacket(bytes);
      if (packet && packet.cid === this.#current?.cid) this.#current.accept(packet);
    });
    let gone = () => {};
    this.removed = new Promise((resolve) => {
      gone = resolve;
    });
    connection.onClosed((error) => {
      gone();
      this.#lost ??= error ?? new FidoError('key-removed', 'the key was removed');
      this.#current?.fail(this.#lost);
    });
  }

  /** Bits, as in CTAPHID_INIT (CTAP 2.3 §11.2.9.1.3): 01 WINK, 04 CBOR, 08 no MSG. */
  get capabilities(): number {
    return this.#channel.capabilities;
  }

  /** Of CTAPHID, as in CTAPHID_INIT; 2. */
  get protocolVersion(): number {
    return this.#channel.protocolVersion;
  }

  /** As the key says in CTAPHID_INIT, `5.7.1`. */
  get deviceVersion(): string {
    return this.#channel.deviceVersion;
  }

  get wink(): (() => Promise<void>) | undefined {
    if (!(this.capabilities & CAPABILITY.WINK)) return undefined;
    return async () => void (await this.#perform(CTAPHID.WINK, NOTHING));
  }

  /** Whoever asks, it is asked as keys of the maker are that it was opened for. */
  get vendor(): VendorFacet | undefined {
    const read = this.#maker?.configuration?.hid;
    if (!read) return undefined;
    return vendorFacet(async (): Promise<MakerConfiguration | undefined> => {
      try {
        return await read((command, payload) => this.vendorCommand(command, payload));
      } catch (error) {
        if (error instanceof FidoError) return undefined;
        throw error;
      }
    });
  }

  /** Allocates the channel; part of {@link openHidDevice}. */
  async open(): Promise<void> {
    await this.#exclusively(() => this.#whileBusy([this.#closing.signal], () => this.#initialise(BROADCAST_CID)));
  }

  async transact(request: Uint8Array, options: TransactOptions = {}): Promise<Uint8Array> {
    if (!(this.capabilities & CAPABILITY.CBOR)) {
      throw new FidoError('unsupported', 'this key speaks only U2F (CTAP1), not FIDO2', {
        hint: 'If the maker’s program can switch FIDO2 on, do so; otherwise the key is too old.',
      });
    }
    const answer = await this.#perform(CTAPHID.CBOR, request, options);
    if (answer.length === 0) throw new FidoError('malformed-response', 'the key sent an empty answer');
    return answer;
  }

  /**
   * CTAPHID_PING: the key sends `payload` back.
   * @throws {FidoError} `malformed-response` if something else comes back, and as `transact`
   */
  async ping(payload: Uint8Array): Promise<void> {
    const answer = await this.#perform(CTAPHID.PING, payload);
    if (Buffer.compare(answer, payload) !== 0)
      throw new FidoError('malformed-response', 'the key sent back something else than it was sent');
  }

  /**
   * A maker's own command, 0x40 to 0x7F (CTAP 2.3 §11.2.9.3). What it means depends on the maker.
   * @throws {FidoError} `unsupported` if the key does not know it, and as `transact`
   */
  async vendorCommand(command: number, payload: Uint8Array): Promise<Uint8Array> {
    if (command < 0x40 || command > 0x7f) throw new RangeError(`0x${command.toString(16)} is no vendor command`);
    return this.#perform(command, payload);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort();
    // The key must not go on blinking, or be busy for the next program: its answer is read first.
    await this.#running?.catch(() => {});
    let limit: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, CLOSE_LIMIT_MS);
    });
    await Promise.race([this.#connection.close().catch(() => {}), tooLong]);
    clearTimeout(limit);
  }

  #perform(command: number, payload: Uint8Array, options?: TransactOptions): Promise<Uint8Array> {
    const within = options ?? { signal: AbortSignal.timeout(PLAIN_LIMIT_MS) };
    return this.#exclusively(() => this.#send(command, payload, within));
  }

  async #exclusively<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running) throw new Error('a command is running on this key already');
    if (this.#closed) throw new Error('this key has been closed');
    const running = action();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  async #send(command: number, payload: Uint8Array, { signal, onKeepalive }: TransactOptions): Promise<Uint8Array> {
    if (payload.length > MAX_MESSAGE_SIZE) {
      throw new FidoError('too-large', `this has ${payload.length} bytes; a key takes at most ${MAX_MESSAGE_SIZE}`);
    }
    const signals = signal ? [signal, this.#closing.signal] : [this.#closing.signal];
    let reopened = false;
    return this.#whileBusy(signals, async (): Promise<Uint8Array | 'busy' | 'again'> => {
      if (this.#unsynchronised) {
        const refused = await this.#synchronise();
        // Checked anew: the person may have given up meanwhile.
        return refused ?? 'again';
      }
      const outcome = await this.#exchange(command, payload, { signals, onKeepalive });
      if (outcome.kind === 'answer') return outcome.payload;
      const { code, accepted } = outcome;
      // Only a command that the key never began with may be sent again.
      if (code === HID_ERROR.ERR_CHANNEL_BUSY && !accepted) return 'busy';
      if (code === HID_ERROR.ERR_INVALID_CHANNEL && !accepted && !reopened) {
        reopened = true;
        return this.#reopen();
      }
      if (needsResynchronisation(code)) await this.#abandon();
      throw hidError(code);
    });
  }

  /** Gets another channel. */
  async #reopen(): Promise<'busy' | 'again'> {
    const opened = await this.#initialise(BROADCAST_CID);
    return opened === 'busy' ? opened : 'again';
  }

  async #exchange(
    command: number,
    payload: Uint8Array,
    options: { signals: AbortSignal[]; onKeepalive: TransactOptions['onKeepalive'] },
  ): Promise<Outcome> {
    const exchange = new Exchange(
      this.#connection,
      { cid: this.#channel.cid, command, payload },
      { ...this.#limits, ...options },
    );
    try {
      return await this.#converse(exchange, exchange.outcome);
    } catch (error) {
      const isGivenUp = options.signals.some((signal) => signal.aborted);
      await this.#abandon(isGivenUp ? Math.min(FAREWELL_MS, this.#limits.silenceMs) : undefined);
      throw error;
    }
  }

  /** After a failed exchange: makes the key usable for the next command if it still answers. */
  async #abandon(silenceMs?: number): Promise<void> {
    this.#unsynchronised = true;
    if (!this.#lost) await this.#synchronise(silenceMs).catch(() => {});
  }

  /** INIT on the allocated channel ends whatever runs there (CTAP 2.3 §11.2.9.1.3). */
  async #synchronise(silenceMs?: number): Promise<'busy' | undefined> {
    try {
      if ((await this.#initialise(this.#channel.cid, silenceMs)) === 'busy') return 'busy';
    } catch (error) {
      // The key has forgotten the channel: it was reset, or replaced by something else behind the same node.
      if ((error as { hidError?: number }).hidError !== HID_ERROR.ERR_INVALID_CHANNEL) throw error;
      if ((await this.#initialise(BROADCAST_CID, silenceMs)) === 'busy') return 'busy';
    }
    return undefined;
  }

  async #initialise(cid: number, silenceMs = this.#limits.silenceMs): Promise<Channel | 'busy'> {
    const initialisation = new Initialisation(this.#connection, cid, silenceMs);
    const channel = await this.#converse(initialisation, initialisation.result);
    if (channel === 'busy') return channel;
    this.#channel = channel;
    this.#unsynchronised = false;
    return channel;
  }

  async #converse<T>(conversation: Conversation, result: Promise<T>): Promise<T> {
    if (this.#lost) conversation.fail(this.#lost);
    this.#current = conversation;
    try {
      return await result;
    } catch (error) {
      if (error instanceof FidoError && error.code === 'key-removed') this.#lost ??= error;
      throw error;
    } finally {
      this.#current = undefined;
    }
  }

  /**
   * Offers something to the key until it takes it: `busy` means that nothing was begun.
   * @throws {FidoError} `key-busy` after the limit, `interrupted` if a signal came first
   */
  async #whileBusy<T>(signals: readonly AbortSignal[], attempt: () => Promise<T | 'busy' | 'again'>): Promise<T> {
    const deadline = performance.now() + this.#limits.busyLimitMs;
    for (;;) {
      if (this.#lost) throw this.#lost;
      if (signals.some((signal) => signal.aborted)) {
        throw new FidoError('interrupted', 'interrupted before anything was sent to the key');
      }
      const result = await attempt();
      if (result === 'again') continue;
      if (result !== 'busy') return result;
      if (performance.now() >= deadline) throw hidError(HID_ERROR.ERR_CHANNEL_BUSY);
      await this.#pause(this.#limits.busyRetryMs, signals);
    }
  }

  /** Ends early if a signal comes or the key is removed. */
  async #pause(durationMs: number, signals: readonly AbortSignal[]): Promise<void> {
    let wake: () => void = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, durationMs);
    for (const signal of signals) signal.addEventListener('abort', wake, { once: true });
    // No packet has channel 0 (§11.2.4), so nothing but removal reaches this.
    await this.#converse({ cid: 0, accept: () => {}, fail: wake }, woken);
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', wake);
  }
}
