import { type AuthenticatorInfo, getInfo } from '../ctap2/commands/get-info.ts';
import { type Command, decodeResponse, encodeRequest, SchemaError } from '../ctap2/schema.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { wipe } from '../encoding/bytes.ts';
import { CborError } from '../encoding/cbor.ts';
import { CtapStatusError, FidoError, isTransportFailure } from '../errors.ts';
import { type CtapDevice, type DiscoveredKey, KEEPALIVE } from '../transport/device.ts';
import { DEFAULT_PERSON_MS, ExchangeLimit, limitsOf } from './exchange-limit.ts';
import type { Interaction, TouchPrompt } from './interaction.ts';
import { statusError } from './status-error.ts';
import { unlessInterrupted } from './waiting.ts';

/** Whom a session tells of touches, and how it is ended. */
export interface SessionOptions {
  interaction?: Pick<Interaction, 'touch' | 'processing'> | undefined;
  /** Aborting cancels the running command on the key. */
  signal?: AbortSignal | undefined;
  /** How long a person may take to touch the key, in ms. */
  personMs?: number | undefined;
  /** Wraps the opened device, e.g. to trace its exchanges. */
  wrap?: ((device: CtapDevice) => CtapDevice) | undefined;
}

/** For one command. */
export interface CallOptions {
  /** What a touch is for, should the key ask for one. */
  touch?: TouchPrompt | undefined;
  /** Called when what the key is busy with changes, as the transport reports it. */
  onKeepalive?: ((status: number) => void) | undefined;
  /** In place of the session's own. */
  signal?: AbortSignal | undefined;
}

/** More changes than any command has (touches, samples of a finger). Nobody is told of what a broken key says beyond. */
const MOST_CHANGES = 64;

/** One opened key: sends commands, knows its getInfo answer. Close it when done. */
export class Session {
  readonly key: DiscoveredKey;
  readonly device: CtapDevice;
  readonly #options: SessionOptions;
  #info: AuthenticatorInfo | undefined;
  #infoBytes = new Uint8Array(0);
  #aaguid: Uint8Array | undefined;
  readonly #cleanups: (() => void)[] = [];

  private constructor(key: DiscoveredKey, device: CtapDevice, options: SessionOptions) {
    this.key = key;
    this.device = device;
    this.#options = options;
  }

  /** @throws {FidoError} of the transport, `interrupted` */
  static async open(key: DiscoveredKey, options: SessionOptions = {}): Promise<Session> {
    const opening = key.open();
    const device = await unlessInterrupted(opening, options.signal).catch((error: unknown) => {
      void opening.then((late) => late.close()).catch(() => {});
      throw error;
    });
    return new Session(key, options.wrap ? options.wrap(device) : device, options);
  }

  /** Aborted once somebody wants this to end: for work that takes long between two exchanges. */
  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /**
   * The same key opened anew, for a look at it after an exchange was lost; this session is of no more use then. The new
   * one outlives an interruption. Whoever takes it closes it.
   * @throws {FidoError} of the transport.
   */
  async reopen(): Promise<Session> {
    await this.device.close();
    return Session.open(this.key, { ...this.#options, signal: undefined });
  }

  /** The getInfo answer, asked once and kept until {@link forgetInfo}. */
  async info(): Promise<AuthenticatorInfo> {
    this.#info ??= await this.call(getInfo, {});
    this.#aaguid = this.#info.aaguid;
    return this.#info;
  }

  /** Of the last getInfo answer, also after {@link forgetInfo}; undefined before the first. */
  get aaguid(): Uint8Array | undefined {
    return this.#aaguid;
  }

  /** The CBOR of the last getInfo answer as the key sent it; empty before the first. */
  get infoBytes(): Uint8Array {
    return this.#infoBytes;
  }

  /** To be called after commands that change what getInfo says. */
  forgetInfo(): void {
    this.#info = undefined;
  }

  /**
   * Sends one command and reads its answer.
   * @throws {CtapStatusError} on any status but CTAP2_OK, with the code that the status alone tells.
   * @throws {FidoError} `malformed-response` on an answer that is not what the specification says, `too-large`,
   *   `interrupted` (with the key's status as its cause, if it answered to the cancellation), `touch-timeout`, or one of the
   *   transport's; with `answerLost` where it is not known whether the command was carried out.
   */
  async call<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const signal = options.signal ?? this.#options.signal;
    if (signal?.aborted) throw new FidoError('interrupted', 'interrupted');
    const bytes = encodeRequest(command, request);
    let answer: Uint8Array | undefined;
    const { personMs = DEFAULT_PERSON_MS } = this.#options;
    const limit = new ExchangeLimit(limitsOf(command, request as object, personMs), signal);
    try {
      this.#checkSize(command.name, bytes);
      answer = await this.#transact(command.name, bytes, limit, options);
      if (answer[0] === CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL) {
        // With the key's own word for it, which an interruption that it did not answer has not.
        const cause = statusError(CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL, command.name);
        if (signal?.aborted) throw new FidoError('interrupted', 'interrupted', { cause });
        const failure = limit.failure(command.name, true);
        if (failure) throw failure;
      }
      return this.#read(command, answer);
    } finally {
      limit.end();
      // What was read from it is a copy; large-blob keys come in the clear.
      wipe(bytes, answer);
    }
  }

  async #transact(name: string, bytes: Uint8Array, limit: ExchangeLimit, options: CallOptions): Promise<Uint8Array> {
    const tell = this.#onKeepalive({ ...options, signal: limit.signal });
    const onKeepalive = (status: number) => {
      limit.keepalive(status);
      tell(status);
    };
    try {
      return await this.device.transact(bytes, { signal: limit.signal, silenceMs: limit.silenceMs, onKeepalive });
    } catch (error) {
      if (!limit.signal.aborted || !(error instanceof FidoError)) throw error;
      // Told to stop before all of the command was sent.
      if (error.code === 'interrupted') throw limit.failure(name, true, error) ?? error;
      if (!isTransportFailure(error)) throw error;
      throw limit.failure(name, false, error) ?? gaveNoAnswer(name, limit.isPrompt, error);
    }
  }

  /** `cleanup` runs when the session is closed, e.g. to wipe what was kept for it. It must not throw. */
  onClose(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** Releases the key. Never throws. */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    await this.device.close();
  }

  #checkSize(name: string, request: Uint8Array): void {
    const max = this.#info?.maxMsgSize ?? 1024;
    if (this.#info && request.length > max) {
      throw new FidoError('too-large', `${name} needs ${request.length} bytes; this key takes ${max} at once`, {
        hint: 'Give less: shorter names, less data, or fewer at once.',
      });
    }
  }

  #onKeepalive(options: CallOptions): (status: number) => void {
    const { touch = { reason: 'other', hold: false }, onKeepalive, signal } = options;
    const interaction = this.#options.interaction;
    let waiting = false;
    let count = 0;
    let changes = 0;
    return (status) => {
      onKeepalive?.(status);
      // A key that was told to stop has nothing more to say to a person.
      if (signal?.aborted) return;
      if (++changes > MOST_CHANGES) return;
      if (status === KEEPALIVE.upneeded) interaction?.touch({ ...touch, count: ++count });
      else if (waiting) interaction?.processing();
      waiting = status === KEEPALIVE.upneeded;
    };
  }

  #read<Response>(command: Command<unknown, Response>, answer: Uint8Array): Response {
    const status = answer[0];
    if (status === undefined) throw new FidoError('malformed-response', `the key's answer to ${command.name} is empty`);
    if (status !== CTAP_STATUS.CTAP2_OK) throw statusError(status, command.name);
    if (command.name === getInfo.name) this.#infoBytes = Uint8Array.from(answer.subarray(1));
    try {
      return decodeResponse(command, answer.subarray(1));
    } catch (error) {
      if (error instanceof CborError || error instanceof SchemaError) {
        throw new FidoError(
          'malformed-response',
          `the key's answer to ${command.name} makes no sense: ${error.message}`,
          {
            hint: 'Replug the key and try again. If it stays, the key is damaged or not what it claims to be.',
            cause: error,
          },
        );
      }
      throw error;
    }
  }
}

/** Whoever interrupts has interrupted, whatever the key, or the way to it, makes of that. */
function gaveNoAnswer(command: string, changesNothing: boolean, cause: FidoError): FidoError {
  if (changesNothing) return new FidoError('interrupted', 'interrupted', { cause });
  const reason = cause.code === 'no-answer' ? 'the key did not answer in time' : cause.message;
  return new FidoError('interrupted', `${reason}; whether ${command} was carried out is not known`, {
    answerLost: true,
    cause,
  });
}

/** True for a {@link CtapStatusError} with this status. */
export function hasStatus(error: unknown, ...statuses: number[]): error is CtapStatusError {
  return error instanceof CtapStatusError && statuses.includes(error.status);
}
