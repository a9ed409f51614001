import { createHash } from 'node:crypto';
import { COMMANDS } from '../ctap2/commands/index.ts';
import { type Command, decodeRequest, encodeResponse, SchemaError } from '../ctap2/schema.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { CborError } from '../encoding/cbor.ts';
import type { CommandApdu } from '../transport/nfc/apdu.ts';
import { type CommandContext, type Handler, StatusError } from './command-handler.ts';
import { HANDLERS } from './commands/handlers.ts';
import { speaksU2f } from './current-options.ts';
import type { AuthenticatorTransport, Environment } from './environment.ts';
import type { Model } from './models/model.ts';
import { VolatileState } from './state/volatile-state.ts';
import { type AuthenticatorState, beginPowerCycle, stateToJson } from './state.ts';
import type { Channel } from './stateful-sequence.ts';
import { handleU2f, type U2fResponse } from './u2f.ts';

export interface ProcessOptions {
  transport: AuthenticatorTransport;
  /** The CTAPHID channel that the request came on; undefined where a transport has only one client. */
  channel?: Channel;
  /** Aborting makes a waiting command end with CTAP2_ERR_KEEPALIVE_CANCEL (0x2D). */
  signal?: AbortSignal | undefined;
  /** Called with a KEEPALIVE_STATUS at each change. */
  onKeepalive?: ((status: number) => void) | undefined;
}

/** A command of the table with its handler; what they agree on in type was checked where `HANDLERS` is declared. */
interface Entry {
  command: Command<unknown, unknown>;
  handle: Handler<Command<unknown, unknown>>;
}

const ENTRIES = new Map<number, Entry>(
  (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((name) => [
    COMMANDS[name].code,
    { command: COMMANDS[name], handle: HANDLERS[name] } as Entry,
  ]),
);

const SW_NO_DIAGNOSIS = 0x6f00;

const NEVER_FORFEITING: ReadonlySet<number> = new Set([
  COMMANDS.getInfo.code,
  COMMANDS.selection.code,
  COMMANDS.reset.code,
]);

/**
 * A CTAP2 authenticator in software: bytes in, bytes out. {@link HidEndpoint} and {@link NfcEndpoint} carry
 * them over a transport; time, randomness, the user and the disk come from the {@link Environment}.
 */
export class Authenticator {
  readonly model: Model;
  readonly state: AuthenticatorState;
  readonly environment: Environment;
  readonly #volatile: VolatileState;
  readonly #codes: ReadonlySet<number>;
  #savedDigest: string | undefined;
  /** Aborted at power-off, which ends every command that is waiting. */
  #power = new AbortController();
  #tail: Promise<unknown> = Promise.resolve();

  /**
   * @param state of the same model; the power cycle that it was stored in goes on until {@link powerCycle} is called.
   */
  constructor(model: Model, state: AuthenticatorState, environment: Environment) {
    this.model = model;
    this.state = state;
    this.environment = environment;
    this.#volatile = new VolatileState(environment);
    this.#codes = new Set(model.commands.map((name) => COMMANDS[name].code).filter((code) => ENTRIES.has(code)));
  }

  /** Whether the model has the command. */
  readonly supports = (commandCode: number): boolean => this.#codes.has(commandCode);

  /**
   * Carries out one command, once those that came before it are done.
   * @param request command byte ‖ CBOR
   * @returns status byte ‖ CBOR. Never rejects.
   */
  process(request: Uint8Array, options: ProcessOptions): Promise<Uint8Array> {
    const answer = this.#tail.then(() => this.#process(request, options));
    this.#tail = answer;
    return answer;
  }

  /**
   * Carries out one U2F command (CTAP1), once what came before it is done. Never rejects; a bug answers status word
   * 6F00.
   */
  processU2f(apdu: CommandApdu, options: ProcessOptions): Promise<U2fResponse> {
    const answer = this.#tail.then(() => this.#processU2f(apdu, options));
    this.#tail = answer;
    return answer;
  }

  async #processU2f(apdu: CommandApdu, options: ProcessOptions): Promise<U2fResponse> {
    try {
      if (this.model.reset.forfeitedByOtherCommands) this.state.powerCycle.otherCommandSeen = true;
      const response = await handleU2f(apdu, this.#context(options));
      await this.#persist();
      return response;
    } catch (error) {
      this.#failed(error);
      return { data: new Uint8Array(0), sw: SW_NO_DIAGNOSIS };
    }
  }

  /** Whether the key takes U2F commands at the moment. */
  get speaksU2f(): boolean {
    return speaksU2f(this);
  }

  /**
   * A client initialises its channel anew: the sequence of commands that it began there is over, once a running one is
   * done.
   */
  initialiseChannel(channel: Channel): void {
    this.#tail = this.#tail.then(() => this.#volatile.sequence.channelInitialised(channel));
  }

  /** Power off and on: ends what runs, forgets tokens, opens the reset window, allows PIN tries again. */
  powerCycle(): Promise<void> {
    this.#power.abort();
    this.#power = new AbortController();
    const done = this.#tail.then(() => this.#startUp());
    this.#tail = done.catch(() => {});
    return done;
  }

  async #startUp(): Promise<void> {
    this.#volatile.clear();
    beginPowerCycle(this.state, this.environment.now());
    await this.#persist();
  }

  async #process(request: Uint8Array, options: ProcessOptions): Promise<Uint8Array> {
    try {
      const answer = await this.#dispatch(request, options);
      await this.#persist();
      return answer;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #dispatch(request: Uint8Array, options: ProcessOptions): Promise<Uint8Array> {
    const code = request[0];
    if (code === undefined) return status(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
    if (request.length > this.model.info.maxMsgSize) return status(CTAP_STATUS.CTAP2_ERR_REQUEST_TOO_LARGE);
    const entry = ENTRIES.get(code);
    if (!entry || !this.supports(code)) return status(CTAP_STATUS.CTAP1_ERR_INVALID_COMMAND);
    if (this.model.reset.forfeitedByOtherCommands && !NEVER_FORFEITING.has(code)) {
      this.state.powerCycle.otherCommandSeen = true;
    }
    this.#volatile.sequence.commandArrived(code, options.channel);
    try {
      const response = await entry.handle(decodeRequest(entry.command, request.subarray(1)), this.#context(options));
      return encodeResponse(entry.command, response);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return status(refusal);
    }
  }

  #context({ transport, signal, onKeepalive }: ProcessOptions): CommandContext {
    return {
      model: this.model,
      state: this.state,
      volatile: this.#volatile,
      environment: this.environment,
      transport,
      signal: signal ? AbortSignal.any([signal, this.#power.signal]) : this.#power.signal,
      supports: this.supports,
      keepalive: (keepaliveStatus) => onKeepalive?.(keepaliveStatus),
      persist: () => this.#persist(),
    };
  }

  /** Saves what changed since the last time, if anything did. */
  async #persist(): Promise<void> {
    const json = stateToJson(this.state);
    // A digest, because the text would be one more copy of every secret.
    const digest = createHash('sha256').update(JSON.stringify(json)).digest('base64');
    if (digest === this.#savedDigest) return;
    await this.environment.save(json);
    this.#savedDigest = digest;
  }

  #failed(error: unknown): Uint8Array {
    try {
      this.environment.onBug?.(error);
    } catch {
      // An exception of the listener is not the key's.
    }
    return status(CTAP_STATUS.CTAP1_ERR_OTHER);
  }
}

function status(code: number): Uint8Array {
  return Uint8Array.of(code);
}

/** The status for what a handler or decoder refused; undefined for anything else, which is a bug. */
function refusalOf(error: unknown): number | undefined {
  if (error instanceof StatusError) return error.status;
  if (error instanceof CborError) return CTAP_STATUS.CTAP2_ERR_INVALID_CBOR;
  if (error instanceof SchemaError) {
    return error.kind === 'missing'
      ? CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER
      : CTAP_STATUS.CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
  }
  return undefined;
}
