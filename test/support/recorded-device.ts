/** One opening of a recorded key: its exchanges, and what else was done with it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { FidoError, type FidoErrorCode } from '../../src/errors.ts';
import type { TraceEvent, TraceLine, TraceOpening } from '../../src/trace/events.ts';
import { commandName, describeRequest } from '../../src/trace/public-values.ts';
import type { TraceRecord, TraceValue } from '../../src/trace/trace.ts';
import type { CtapDevice, TransactOptions, Transport } from '../../src/transport/device.ts';
import { isObject } from './recorded-answer.ts';
import { RecordedPinExchange } from './recorded-pin-exchange.ts';
import { isExchange } from './recording.ts';
import type { SyntheticValues } from './synthetic-values.ts';

type SessionEvent = Extract<TraceEvent, { session: number }>;

/** The recording that an opening is a part of: whose turn it is, and what was answered. */
interface RecordedTurns {
  readonly values: SyntheticValues;
  /** The line that is next; undefined at the end. */
  readonly head: TraceLine | undefined;
  advance(): void;
  whenever(listener: () => boolean): void;
  turn<T extends TraceLine>(session: number, isMeant: (line: TraceLine) => line is T, got: string): Promise<T>;
  answer(record: TraceRecord, request: Uint8Array, pin: RecordedPinExchange): Uint8Array;
  mismatch(got: string): Error;
}

export class RecordedDevice {
  readonly #keys: RecordedTurns;
  readonly #transport: Transport;
  readonly #opening: TraceOpening;
  readonly #pin = new RecordedPinExchange();
  #removed: Promise<void> | undefined;

  constructor(keys: RecordedTurns, transport: Transport, opening: TraceOpening) {
    this.#keys = keys;
    this.#transport = transport;
    this.#opening = opening;
  }

  device(): CtapDevice {
    const { can = [] } = this.#opening;
    const removed = () => {
      this.#removed ??= this.#removal();
      return this.#removed;
    };
    return {
      transport: this.#transport,
      transact: (request, options) => this.#transact(request, options),
      close: async () => {},
      get removed() {
        return removed();
      },
      ...(can.includes('wink') && {
        wink: async () => {
          const { error } = await this.#done('wink');
          if (error) throw recordedError(error);
        },
      }),
      vendor: {
        ...(can.includes('readSerial') && {
          readSerial: async () => {
            const { serial } = await this.#done('readSerial');
            return serial === undefined ? undefined : this.#keys.values.resolved(serial);
          },
        }),
        ...(can.includes('readResetBlocked') && {
          isResetBlocked: async () => (await this.#done('readResetBlocked')).blocked,
        }),
      },
    };
  }

  async #transact(request: Uint8Array, options: TransactOptions = {}): Promise<Uint8Array> {
    const code = request[0] ?? 0;
    const { subCommand, body } = describeRequest(code, request.subarray(1), this.#keys.values);
    const sent = {
      command: commandName(code),
      ...(subCommand === undefined ? {} : { subCommand }),
      ...(body === undefined ? {} : { request: body }),
    };
    const isMeant = (line: TraceLine): line is TraceRecord =>
      isExchange(line) && line.session === this.#opening.session && isSameRequest(line, sent);
    const record = await this.#keys.turn(this.#opening.session, isMeant, titleOf(sent as TraceRecord));
    for (const status of record.keepalives ?? []) {
      await nextTurn();
      options.onKeepalive?.(status);
    }
    await nextTurn();
    try {
      if (record.error) throw recordedError(record.error);
      return this.#keys.answer(record, request, this.#pin);
    } catch (error) {
      if (!record.error) throw this.#keys.mismatch(`an answer that cannot be rebuilt: ${(error as Error).message}`);
      throw error;
    } finally {
      this.#keys.advance();
    }
  }

  async #done<Name extends SessionEvent['event']>(name: Name): Promise<Extract<SessionEvent, { event: Name }>> {
    const { session } = this.#opening;
    type Meant = Extract<SessionEvent, { event: Name }>;
    const isMeant = (line: TraceLine): line is Meant =>
      'event' in line && line.event === name && line.session === session;
    const event = await this.#keys.turn(session, isMeant, `${name} in session ${session}`);
    await nextTurn();
    this.#keys.advance();
    return event;
  }

  /** It is removed as soon as that is next, but not before somebody waits for it. */
  #removal(): Promise<void> {
    return new Promise((resolve) => {
      this.#keys.whenever(() => {
        const { head } = this.#keys;
        const isNext = head !== undefined && 'event' in head && head.event === 'removed';
        if (!isNext || head.session !== this.#opening.session) return false;
        setImmediate(() => {
          this.#keys.advance();
          resolve();
        });
        return true;
      });
    });
  }
}

/** A failure of the transport, with its code and words. */
export function recordedError({ code, message }: { code: string; message: string }): Error {
  return code === 'bug' ? new Error(message) : new FidoError(code as FidoErrorCode, message);
}

function isSameRequest(recorded: TraceRecord, sent: Pick<TraceRecord, 'command' | 'subCommand' | 'request'>): boolean {
  return (
    recorded.command === sent.command &&
    recorded.subCommand === sent.subCommand &&
    isDeepStrictEqual(comparable(recorded.request), comparable(sent.request))
  );
}

/** As it comes from a file, and without the key-agreement key: it is another one each time. */
function comparable(described: TraceValue | undefined): TraceValue | undefined {
  const request = structuredClone(described);
  return isObject(request) && isObject(request.keyAgreement) ? { ...request, keyAgreement: 'a key' } : request;
}

/** A line as a mismatch names it. */
export function titleOf(line: TraceLine): string {
  if ('event' in line) {
    const { time: _, ...event } = line;
    return JSON.stringify(event);
  }
  const { command, subCommand, request } = line;
  return [command, subCommand, JSON.stringify(comparable(request))].filter((part) => part !== undefined).join(' ');
}
