/** CTAP2 over NFC and contact cards (CTAP 2.3 §11.3): SELECT, NFCCTAP_MSG, polling, cancel. */
import { FidoError } from '../../errors.ts';
import type { MakerConfiguration, MakerEntry } from '../../makers/maker.ts';
import { CANCEL_MS, type CtapDevice, KEEPALIVE, type TransactOptions, type Transport } from '../device.ts';
import { vendorFacet } from '../vendor-facet.ts';
import {
  CLA,
  ctapEnd,
  ctapGetResponse,
  ctapMessageChain,
  ctapMessageExtended,
  encodeApdu,
  P1,
  SW,
  selectFido,
} from './apdu.ts';
import { ApduChannel, type CardResponse, type ChannelOptions } from './apdu-channel.ts';
import { type CardConnection, CardResetError } from './connection.ts';
import { Patience } from './patience.ts';
import { apduError, ctapStatusIn, formatSw, NO_APPLET, REFUSES_CHAIN, WANTS_SELECT } from './status-words.ts';

/** Limits in ms, and what a card or its reader needs said. */
export interface NfcOptions extends ChannelOptions {
  /** What carries the APDUs; the name of a program's own transport. `nfc` */
  transport?: Transport | undefined;
  /** Data bytes per APDU of a chain. Phones and many readers break at 256 bytes. */
  fragment?: number;
  /** Pause before each poll while the card is working, in ms. */
  pollIntervalMs?: number;
  /** How long one APDU may stay unanswered at most, in ms, whatever `transact` is told. */
  silenceLimitMs?: number;
  /** How long a card may take to answer after it was told to stop, in ms. */
  cancelLimitMs?: number;
  /** Called once, when the device has been closed. */
  onClosed?: () => void;
  /** Calls `gone` once the card has been taken away; the answer stops watching. Started only when somebody asks. */
  watchRemoval?: (gone: () => void) => () => void;
}

/** An answer to SELECT, and to all that nobody is asked to touch anything for, is a matter of milliseconds. */
const PROMPT_LIMIT_MS = 5_000;
/** A card that cannot be polled stays silent until it is touched. */
const SILENCE_LIMIT_MS = 60_000;
/** Work is done by then, and whoever waits for the end of it waits for nothing. */
const END_LIMIT_MS = 500;

/**
 * Selects the FIDO applet of the card. On failure the connection is left to the caller.
 * @throws {FidoError} `unsupported` if the card has no FIDO applet, `key-removed`, `no-answer`, `transport-failed`
 */
export async function openNfcDevice(connection: CardConnection, options: NfcOptions = {}): Promise<NfcDevice> {
  const device = new NfcDevice(connection, options);
  await device.select();
  return device;
}

/** How a message is put into APDUs. */
interface Form {
  p1: number;
  extended: boolean;
}

/** A FIDO applet on a card. Made by {@link openNfcDevice}. */
export class NfcDevice implements CtapDevice {
  readonly transport: Transport;
  readonly #connection: CardConnection;
  readonly #channel: ApduChannel;
  readonly #fragment: number;
  readonly #pollIntervalMs: number;
  readonly #silenceLimitMs: number | undefined;
  readonly #cancelLimitMs: number;
  readonly #onClosed: (() => void) | undefined;
  readonly #watchRemoval: ((gone: () => void) => () => void) | undefined;
  #removed: Promise<void> | undefined;
  #stopWatching: () => void = () => {};
  /** How this card takes messages, as found out by what it refused. */
  #form: Form = { p1: P1.canPoll, extended: false };
  #version = '';
  #reset = false;
  #selected = false;
  #busy = false;
  #closing: Promise<void> | undefined;

  constructor(connection: CardConnection, options: NfcOptions = {}) {
    this.transport = options.transport ?? 'nfc';
    this.#connection = connection;
    this.#channel = new ApduChannel(connection, options);
    this.#fragment = options.fragment ?? 240;
    this.#pollIntervalMs = options.pollIntervalMs ?? 40;
    this.#silenceLimitMs = options.silenceLimitMs;
    this.#cancelLimitMs = options.cancelLimitMs ?? CANCEL_MS;
    this.#onClosed = options.onClosed;
    this.#watchRemoval = options.watchRemoval;
  }

  /** Watching takes a thread, so it begins with the first look at this. */
  get removed(): Promise<void> {
    this.#removed ??= new Promise((resolve) => {
      this.#stopWatching = this.#watchRemoval?.(resolve) ?? this.#stopWatching;
    });
    return this.#removed;
  }

  /** What SELECT answered: `U2F_V2` (CTAP1, maybe CTAP2 as well) or `FIDO_2_0` (CTAP2 only). */
  get version(): string {
    return this.#version;
  }

  /** Selects the FIDO applet (again). A pinUvAuthToken of before is lost. @throws see {@link openNfcDevice} */
  async select(patience = this.#patience({ totalMs: PROMPT_LIMIT_MS })): Promise<void> {
    this.#selected = false;
    if (this.#reset) {
      await this.#connection.reconnect();
      this.#reset = false;
    }
    const { data, sw } = await this.#channel.exchange(selectFido(), patience, CLA.ISO);
    if (NO_APPLET.has(sw))
      throw new FidoError('unsupported', `the card has no FIDO applet (${formatSw(sw)})`, {
        hint: 'It is no FIDO2 key, or FIDO2 is switched off over NFC; put another one on the reader.',
      });
    if (sw !== SW.ok) throw apduError(sw);
    this.#version = new TextDecoder('latin1').decode(data);
    this.#selected = true;
  }

  /** See {@link CtapDevice.reselect}. A card that was reset meanwhile is taken again. */
  reselect(): Promise<void> {
    return this.#exclusively(async () => {
      try {
        await this.select();
      } catch (error) {
        if (!(error instanceof CardResetError)) throw error;
        this.#lose();
        await this.select();
      }
    });
  }

  /**
   * See {@link CtapDevice.transact}. Cancelling takes a card that can be polled: one that holds its answer back instead
   * cannot be reached before it answers, so an abort gives it up.
   * A command is sent a second time only if the card said before executing anything that it does not take it that way.
   */
  async transact(request: Uint8Array, { signal, onKeepalive, silenceMs }: TransactOptions = {}): Promise<Uint8Array> {
    if (signal?.aborted) throw new FidoError('interrupted', 'interrupted before anything was sent');
    return this.#exclusively(async () => {
      try {
        const patience = this.#patience({ signal, silenceMs });
        let response = await this.#channel.collect(await this.#deliver(request, patience), patience);
        if (response.sw === SW.keepalive) response = await this.#poll(response, patience, signal, onKeepalive);
        const status = ctapStatusIn(response.sw);
        if (status !== undefined) return Uint8Array.of(status);
        if (response.sw !== SW.ok) throw apduError(response.sw);
        if (response.data.length === 0) throw new FidoError('malformed-response', 'the card answered without a status');
        return response.data;
      } catch (error) {
        // Whoever gets here with this one has sent the command: what became of it is unknown.
        if (error instanceof CardResetError) this.#lose();
        throw error;
      }
    });
  }

  /**
   * Asking for the maker's configuration selects another applet for a moment, so that a pinUvAuthToken of before is lost.
   * To be asked only of cards whose AAGUID is the maker's: others may not like a foreign SELECT.
   */
  readonly vendor = vendorFacet((maker) => this.#readConfiguration(maker));

  async #readConfiguration(maker: MakerEntry): Promise<MakerConfiguration | undefined> {
    const read = maker.configuration?.card;
    if (!read) return undefined;
    return this.#exclusively(async () => {
      try {
        this.#selected = false;
        const patience = this.#patience({ totalMs: PROMPT_LIMIT_MS });
        const configuration = await read((apdu) =>
          this.#channel.exchange(encodeApdu({ cla: CLA.ISO, ...apdu, le: 0x100 }), patience, CLA.ISO),
        );
        await this.select(patience);
        return configuration;
      } catch (error) {
        if (error instanceof CardResetError) this.#lose();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#stopWatching();
    try {
      const patience = this.#patience({ totalMs: END_LIMIT_MS });
      if (this.#selected && !this.#busy && !this.#channel.failure) await this.#channel.send(ctapEnd(), patience);
    } catch {
      // The card is being let go anyway.
    }
    try {
      await this.#patience({ totalMs: END_LIMIT_MS }).within(this.#connection.close());
    } catch {
      // Nothing is left that could be released.
    }
    this.#onClosed?.();
  }

  #patience(options: { silenceMs?: number | undefined; totalMs?: number; signal?: AbortSignal | undefined }): Patience {
    const { silenceMs = options.totalMs ?? SILENCE_LIMIT_MS, ...others } = options;
    const most = this.#silenceLimitMs ?? Number.POSITIVE_INFINITY;
    return new Patience({ ...others, silenceMs: Math.min(silenceMs, most), cancelMs: this.#cancelLimitMs });
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new FidoError('transport-failed', 'the key has been closed');
    if (this.#busy) throw new Error('a command is still running on this key');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  #lose(): void {
    this.#reset = true;
    this.#selected = false;
  }

  /** Gets the message to the card, in the form it takes. Answers the first response; nothing polled or fetched yet. */
  async #deliver(request: Uint8Array, patience: Patience): Promise<CardResponse> {
    let form = this.#form;
    let mayRecover = true;
    for (;;) {
      if (!this.#selected) await this.select();
      const apdus = this.#apdusOf(request, form);
      let answer: { response: CardResponse; index: number };
      try {
        answer = await this.#sendChain(apdus, patience);
      } catch (error) {
        // The APDU that met the reset was not sent, so the command never was complete.
        if (!(error instanceof CardResetError) || !mayRecover) throw error;
        mayRecover = false;
        this.#lose();
        continue;
      }
      const { response, index } = answer;
      if (index === 0 && mayRecover && WANTS_SELECT.has(response.sw)) {
        mayRecover = false;
        this.#selected = false;
        continue;
      }
      const other = this.#otherForm(request, form, response.sw);
      if (!other) {
        this.#noteForm(form, response.sw);
        return response;
      }
      form = other;
    }
  }

  #isLong(request: Uint8Array): boolean {
    return request.length > this.#fragment;
  }

  #apdusOf(request: Uint8Array, { p1, extended }: Form): Uint8Array[] {
    return extended && this.#isLong(request)
      ? [ctapMessageExtended(request, p1)]
      : ctapMessageChain(request, p1, this.#fragment);
  }

  /** The form to try next after the card has refused this one; undefined where there is none, or it is not refused. */
  #otherForm(request: Uint8Array, { p1, extended }: Form, sw: number): Form | undefined {
    if (sw === SW.wrongP1P2 && p1 === P1.canPoll) return { p1: 0, extended };
    if (extended || !this.#isLong(request) || !REFUSES_CHAIN.has(sw)) return undefined;
    // 6A86 for both values of P1 meant the chain.
    return { p1: sw === SW.wrongP1P2 ? this.#form.p1 : p1, extended: true };
  }

  /** A form that the card has taken is used from then on. */
  #noteForm(form: Form, sw: number): void {
    if (sw === SW.ok || sw === SW.keepalive || sw >> 8 === 0x61) this.#form = form;
  }

  /** Sends the APDUs up to the first that is refused; the answer to the last one sent, and its index. */
  async #sendChain(apdus: Uint8Array[], patience: Patience): Promise<{ response: CardResponse; index: number }> {
    let index = 0;
    for (; index < apdus.length - 1; index++) {
      const response = await this.#channel.send(apdus[index] as Uint8Array, patience);
      if (response.sw !== SW.ok) return { response, index };
      if (response.data.length > 0) {
        throw new FidoError('malformed-response', 'the card answered before the end of the command');
      }
      if (patience.isGivenUp) {
        // Selecting the applet again makes the card forget the first part.
        this.#selected = false;
        throw new FidoError('interrupted', 'interrupted before the command was complete');
      }
    }
    return { response: await this.#channel.send(apdus[index] as Uint8Array, patience), index };
  }

  /** @returns undefined where the command's own answer is still to come */
  async #cancel(patience: Patience): Promise<CardResponse | undefined> {
    const answer = await this.#channel.exchange(ctapGetResponse(true), patience);
    // Old cards refuse the cancel, some acknowledge it with nothing: either way the command's own answer follows.
    return answer.sw === SW.keepalive || (answer.sw === SW.ok && answer.data.length > 0) ? answer : undefined;
  }

  /** Polls with NFCCTAP_GETRESPONSE until the card is done. Without an abort that may take as long as the card likes. */
  async #poll(
    response: CardResponse,
    patience: Patience,
    signal: AbortSignal | undefined,
    onKeepalive: ((status: number) => void) | undefined,
  ): Promise<CardResponse> {
    let status: number | undefined;
    let deadline: number | undefined;
    while (response.sw === SW.keepalive) {
      const current = response.data[0] ?? KEEPALIVE.processing;
      if (current !== status) onKeepalive?.(current);
      status = current;
      if (deadline === undefined) await pause(this.#pollIntervalMs, signal);
      else await pause(this.#pollIntervalMs);
      if (signal?.aborted && deadline === undefined) {
        deadline = performance.now() + this.#cancelLimitMs;
        response = (await this.#cancel(patience)) ?? response;
      } else {
        if (deadline !== undefined && performance.now() > deadline) {
          throw new FidoError('no-answer', 'the card goes on working although it was told to stop', {
            hint: 'Take it off the reader and put it back.',
          });
        }
        response = await this.#channel.exchange(ctapGetResponse(), patience);
      }
    }
    return response;
  }
}

/** Waits, but not beyond an abort. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal?.aborted ? 0 : ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
