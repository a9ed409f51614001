/** APDU for APDU over one card connection: response chaining, silence, removal, and limits against a hostile card. */
import { concat } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import { CLA, isoGetResponse, parseResponse, SW } from './apdu.ts';
import { type CardConnection, CardResetError } from './connection.ts';

export interface CardResponse {
  data: Uint8Array;
  /** SW1SW2, never 61xx once collected. */
  sw: number;
}

export interface ChannelOptions {
  /** How long one APDU may stay unanswered, in ms. A card that cannot be polled stays silent until it is touched. */
  silenceLimitMs?: number;
  /** Most bytes of a whole response, chained or not. */
  maxResponseLength?: number;
}

export class ApduChannel {
  readonly #connection: CardConnection;
  readonly #silenceLimitMs: number;
  readonly #maxResponseLength: number;
  #failure: FidoError | undefined;
  /** CLA that worked for GET RESPONSE inside CTAP; cards differ (libfido2 816, 817). */
  #getResponseCla: number = CLA.CTAP;

  constructor(
    connection: CardConnection,
    { silenceLimitMs = 60_000, maxResponseLength = 0x1_0000 }: ChannelOptions = {},
  ) {
    this.#connection = connection;
    this.#silenceLimitMs = silenceLimitMs;
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
  async send(apdu: Uint8Array, limitMs = this.#silenceLimitMs): Promise<CardResponse> {
    if (this.#failure) throw this.#failure;
    let answer: Uint8Array;
    try {
      answer = await withinLimit(this.#connection.transmit(apdu), limitMs);
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
  async exchange(apdu: Uint8Array, cla?: number): Promise<CardResponse> {
    return this.collect(await this.send(apdu), cla);
  }

  /** Fetches the rest of a response with SW 61xx (ISO 7816-4 §7.6.1). */
  async collect(first: CardResponse, cla = this.#getResponseCla): Promise<CardResponse> {
    if (!hasMore(first.sw)) return first;
    const parts = [first.data];
    let { sw } = first;
    let length = first.data.length;
    while (hasMore(sw)) {
      const part = await this.#getResponse(sw & 0xff, cla);
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

  async #getResponse(length: number, cla: number): Promise<CardResponse & { cla: number }> {
    let response = await this.send(isoGetResponse(length, cla));
    if (response.sw === SW.claNotSupported || response.sw === SW.insNotSupported) {
      const other = cla === CLA.CTAP ? CLA.ISO : CLA.CTAP;
      response = await this.send(isoGetResponse(length, other));
      if (hasMore(response.sw) || response.sw === SW.ok) {
        if (cla === this.#getResponseCla) this.#getResponseCla = other;
        cla = other;
      }
    }
    // 6Cxx: "ask again for exactly xx bytes", as T=0 readers pass it on. Nothing was executed.
    if (response.sw >> 8 === 0x6c) response = await this.send(isoGetResponse(response.sw & 0xff, cla));
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

/** What `promise` gives, unless that takes longer than `limitMs`. What it gives later is dropped. */
async function withinLimit<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new FidoError('no-answer', `the card has not answered for ${limitMs / 1000} s`, {
          hint: 'Take it off the reader and put it back.',
        }),
      );
    }, limitMs);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
