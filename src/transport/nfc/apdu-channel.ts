/** APDU for APDU over one card connection: response chaining, removal, and limits against a hostile card. */
import { concat } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import { CLA, isoGetResponse, parseResponse, SW } from './apdu.ts';
import { type CardConnection, CardResetError } from './connection.ts';
import type { Patience } from './patience.ts';

export interface CardResponse {
  data: Uint8Array;
  /** SW1SW2, never 61xx once collected. */
  sw: number;
}

export interface ChannelOptions {
  /** Most bytes of a whole response, chained or not. */
  maxResponseLength?: number;
}

/** Most parts of a chained response: 256 hold all that a response may, and small cards send smaller ones. */
const MAX_PARTS = 1024;

export class ApduChannel {
  readonly #connection: CardConnection;
  readonly #maxResponseLength: number;
  #failure: FidoError | undefined;
  /** CLA that worked for GET RESPONSE inside CTAP; cards differ (libfido2 816, 817). */
  #getResponseCla: number = CLA.CTAP;

  constructor(connection: CardConnection, { maxResponseLength = 0x1_0000 }: ChannelOptions = {}) {
    this.#connection = connection;
    this.#maxResponseLength = maxResponseLength;
  }

  /** Set once the card is gone or silent: nothing is sent any more. */
  get failure(): FidoError | undefined {
    return this.#failure;
  }

  /**
   * Sends one APDU.
   * @throws {CardResetError} the card did not see it
   * @throws {FidoError} `key-removed`, `no-answer`, `transport-failed`, `malformed-response`
   */
  async send(apdu: Uint8Array, patience: Patience): Promise<CardResponse> {
    if (this.#failure) throw this.#failure;
    let answer: Uint8Array;
    try {
      answer = await patience.within(this.#connection.transmit(apdu));
    } catch (error) {
      if (error instanceof CardResetError) throw error;
      throw this.#fail(
        error instanceof FidoError
          ? error
          : new FidoError('transport-failed', 'the card reader failed', {
              hint: 'Unplug the reader, plug it in again, and try again.',
              cause: error,
            }),
      );
    }
    // That is how a card pulled out in mid-command shows: success, and no bytes at all.
    if (answer.length === 0)
      throw this.#fail(
        new FidoError('key-removed', 'the key was removed', {
          hint: 'Put it back on the reader, leave it there, and run the command again.',
        }),
      );
    const response = parseResponse(answer);
    if (!response) throw new FidoError('malformed-response', 'the card answered with less than a status word');
    this.#checkLength(response.data.length);
    return response;
  }

  /** Sends one APDU and collects its chained response. `cla`: the class to try first for GET RESPONSE. */
  async exchange(apdu: Uint8Array, patience: Patience, cla?: number): Promise<CardResponse> {
    return this.collect(await this.send(apdu, patience), patience, cla);
  }

  /** Fetches the rest of a response with SW 61xx (ISO 7816-4 §7.6.1). */
  async collect(first: CardResponse, patience: Patience, cla = this.#getResponseCla): Promise<CardResponse> {
    if (!hasMore(first.sw)) return first;
    const parts = [first.data];
    let { sw } = first;
    let length = first.data.length;
    while (hasMore(sw)) {
      if (parts.length > MAX_PARTS) {
        throw new FidoError('malformed-response', `the card's response comes in more than ${MAX_PARTS} parts`);
      }
      const part = await this.#getResponse(sw & 0xff, cla, patience);
      // Only the class that was accepted last goes on; a card does not change its mind within a response.
      cla = part.cla;
      if (part.data.length === 0 && hasMore(part.sw)) {
        throw new FidoError('malformed-response', 'the card announces more data and sends none');
      }
      parts.push(part.data);
      sw = part.sw;
      length += part.data.length;
      this.#checkLength(length);
    }
    return { data: concat(...parts), sw };
  }

  async #getResponse(length: number, cla: number, patience: Patience): Promise<CardResponse & { cla: number }> {
    let response = await this.send(isoGetResponse(length, cla), patience);
    if (response.sw === SW.claNotSupported || response.sw === SW.insNotSupported) {
      const other = cla === CLA.CTAP ? CLA.ISO : CLA.CTAP;
      response = await this.send(isoGetResponse(length, other), patience);
      if (hasMore(response.sw) || response.sw === SW.ok) {
        if (cla === this.#getResponseCla) this.#getResponseCla = other;
        cla = other;
      }
    }
    // 6Cxx: "ask again for exactly xx bytes", as T=0 readers pass it on. Nothing was executed.
    if (response.sw >> 8 === 0x6c) response = await this.send(isoGetResponse(response.sw & 0xff, cla), patience);
    return { ...response, cla };
  }

  #checkLength(length: number): void {
    if (length <= this.#maxResponseLength) return;
    throw new FidoError('malformed-response', `the card's response is longer than ${this.#maxResponseLength} bytes`);
  }

  #fail(error: FidoError): FidoError {
    this.#failure = error;
    return error;
  }
}

function hasMore(sw: number): boolean {
  return sw >> 8 === 0x61;
}
