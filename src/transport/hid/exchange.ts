import { FidoError } from '../../errors.ts';
import type { HidConnection } from './connection.ts';
import { CTAPHID, type Packet, Reassembly, toPackets } from './framing.ts';
import { asFidoError, type Conversation } from './initialisation.ts';
import { SilenceLimit } from './silence-limit.ts';

export interface ExchangeOptions {
  /** Longest silence on the channel, in sending as in receiving. */
  silenceMs: number;
  /** How long the key may take to answer after it was told to stop. */
  cancelMs: number;
  /** Each of them cancels. */
  signals: readonly AbortSignal[];
  onKeepalive?: ((status: number) => void) | undefined;
}

/** How a message ended without a failure of the transport. */
export type Outcome =
  | { kind: 'answer'; payload: Uint8Array }
  /** CTAPHID_ERROR. `accepted`: the key had begun with the command, so it must not be sent again. */
  | { kind: 'error'; code: number; accepted: boolean };

/**
 * One message to the key and its answer. Packets are taken as they arrive, never asked for, so CANCEL can go out at any
 * time. Only packets that bring the answer nearer reset the silence limit: a flood of others does not keep it alive.
 */
export class Exchange implements Conversation {
  readonly cid: number;
  /** Rejects with FidoError; then the state of the key is unknown. */
  readonly outcome: Promise<Outcome>;
  readonly #connection: HidConnection;
  readonly #command: number;
  readonly #options: ExchangeOptions;
  readonly #silence: SilenceLimit;
  readonly #cancel = () => this.#requestCancel();
  #resolve!: (outcome: Outcome) => void;
  #reject!: (error: unknown) => void;
  #ended = false;
  #handedOver = false;
  #cancelSent = false;
  #accepted = false;
  #keepalive: number | undefined;
  #answer: Reassembly | undefined;
  #cancelLimit: NodeJS.Timeout | undefined;
  #listenerFailure: { error: unknown } | undefined;

  constructor(
    connection: HidConnection,
    message: { cid: number; command: number; payload: Uint8Array },
    options: ExchangeOptions,
  ) {
    this.cid = message.cid;
    this.#connection = connection;
    this.#command = message.command;
    this.#options = options;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#silence = new SilenceLimit(options.silenceMs, () =>
      this.fail(new FidoError('no-answer', 'the key does not answer')),
    );
    for (const signal of options.signals) signal.addEventListener('abort', this.#cancel, { once: true });
    this.#send(toPackets(message.cid, message.command, message.payload)).catch((error) =>
      this.fail(asFidoError(error)),
    );
  }

  accept(packet: Packet): void {
    if (this.#ended) return;
    if (packet.kind === 'cont') this.#continue(packet);
    else if (packet.command === CTAPHID.KEEPALIVE) this.#keepAlive(packet);
    else if (packet.command === CTAPHID.ERROR) {
      const accepted = this.#accepted || this.#answer !== undefined;
      this.#end({ kind: 'error', code: packet.data[0] ?? 0, accepted });
    } else if (packet.command !== this.#command || this.#answer || !this.#handedOver) {
      const message = `the key answered with an unexpected message (${hex(packet.command)})`;
      this.fail(new FidoError('malformed-response', message));
    } else this.#start(packet);
  }

  fail(error: FidoError): void {
    this.#finish(() => this.#reject(error));
  }

  async #send(packets: Uint8Array[]): Promise<void> {
    for (const [index, packet] of packets.entries()) {
      if (this.#ended) return;
      // Set before the write ends: the answer may be reported earlier than the write that caused it.
      this.#handedOver = index === packets.length - 1;
      await this.#connection.write(packet);
      if (!this.#ended) this.#silence.refresh();
    }
    if (this.#cancelLimit) await this.#sendCancel();
  }

  #start(packet: Packet & { kind: 'init' }): void {
    try {
      this.#answer = new Reassembly(packet);
      this.#progress();
    } catch (cause) {
      const message = `the key announced an answer of ${packet.length} bytes`;
      this.fail(new FidoError('malformed-response', message, { cause }));
    }
  }

  #continue(packet: Packet & { kind: 'cont' }): void {
    // Without a start it is the late rest of an answer that was given up.
    if (!this.#answer) return;
    if (this.#answer.add(packet)) this.#progress();
    else this.fail(new FidoError('transport-failed', 'a part of the answer is missing or out of order'));
  }

  #progress(): void {
    this.#silence.refresh();
    if (this.#answer?.complete) this.#end({ kind: 'answer', payload: this.#answer.payload });
  }

  #keepAlive(packet: Packet & { kind: 'init' }): void {
    const status = packet.data[0];
    if (packet.length !== 1 || status === undefined) return;
    this.#silence.refresh();
    this.#accepted = true;
    if (status === this.#keepalive) return;
    this.#keepalive = status;
    try {
      this.#options.onKeepalive?.(status);
    } catch (error) {
      // The key must not be left working because a listener failed.
      this.#listenerFailure ??= { error };
      this.#requestCancel();
    }
  }

  #requestCancel(): void {
    if (this.#ended || this.#cancelLimit) return;
    this.#cancelLimit = setTimeout(
      () => this.fail(new FidoError('no-answer', 'the key does not answer after it was told to stop')),
      this.#options.cancelMs,
    );
    // In the middle of a message CANCEL would be a sequence error; #send does it afterwards.
    if (this.#handedOver) this.#sendCancel().catch((error) => this.fail(asFidoError(error)));
  }

  /** Nothing answers CANCEL itself; the command does, with CTAP2_ERR_KEEPALIVE_CANCEL or its result (§11.2.9.1.5). */
  async #sendCancel(): Promise<void> {
    if (this.#ended || this.#cancelSent || this.#command !== CTAPHID.CBOR) return;
    this.#cancelSent = true;
    for (const packet of toPackets(this.cid, CTAPHID.CANCEL, new Uint8Array(0))) await this.#connection.write(packet);
  }

  #end(outcome: Outcome): void {
    const failure = this.#listenerFailure;
    this.#finish(() => (failure ? this.#reject(failure.error) : this.#resolve(outcome)));
  }

  #finish(settle: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#silence.clear();
    clearTimeout(this.#cancelLimit);
    for (const signal of this.#options.signals) signal.removeEventListener('abort', this.#cancel);
    settle();
  }
}

function hex(command: number): string {
  return `0x${command.toString(16).padStart(2, '0').toUpperCase()}`;
}
