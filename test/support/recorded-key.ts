/**
 * Keys that do again what a recording says, in its order, and a finder that lists them. Each request must be the recorded
 * one in command, subcommand, public members and lengths of the rest; anything else is a mismatch, which `mismatches`
 * keeps, since a client may swallow what its device throws.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { FidoError } from '../../src/errors.ts';
import type { TracedKey, TraceKeys, TraceLine, TraceOpening } from '../../src/trace/events.ts';
import type { TraceRecord } from '../../src/trace/trace.ts';
import type { CtapDevice, DiscoveredKey, Transport } from '../../src/transport/device.ts';
import { isObject, largeBlobKeyOf, rebuiltAnswer } from './recorded-answer.ts';
import { RecordedDevice, recordedError, titleOf } from './recorded-device.ts';
import { bindLargeBlobs } from './recorded-large-blobs.ts';
import type { RecordedPinExchange } from './recorded-pin-exchange.ts';
import { isExchange, isListing, type Recording } from './recording.ts';
import { SyntheticValues } from './synthetic-values.ts';

/** How long a session waits for the exchanges of others that were recorded before its own. */
const TURN_MS = 2_000;

/** How often a client may look at keys of which none comes, goes or is used. More than a minute's worth. */
const MOST_LOOKS = 1_000;

export class RecordedKeys {
  readonly transports = undefined;
  readonly mismatches: string[] = [];
  readonly values = new SyntheticValues();
  readonly #name: string;
  readonly #lines: readonly TraceLine[];
  #at = 0;
  #listing: TraceKeys | undefined;
  /** How often the listing was seen unchanged since the last line. */
  #looks = 0;
  #sessions = 0;
  readonly #watchers = new Set<() => void>();
  readonly #onAdvance = new Set<() => void>();
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined;

  /** Aborted with the first mismatch: a client that waits for a key would wait for ever. */
  readonly gone = new AbortController();

  /** @param idleMs how long the client may do nothing: more is a mismatch, since whoever it waits for does not come */
  constructor({ name, lines }: Pick<Recording, 'name' | 'lines'>, idleMs = 10_000) {
    this.#idleMs = idleMs;
    this.#name = name;
    this.#lines = lines;
  }

  /** The line that is next. */
  get head(): TraceLine | undefined {
    return this.#lines[this.#at];
  }

  async list(): Promise<{ keys: DiscoveredKey[]; failures: { transport: Transport; error: FidoError }[] }> {
    this.#wakeUp();
    // A client that looks again and again must not keep timers from running.
    await nextTurn();
    const { head } = this;
    if (this.#looks >= MOST_LOOKS) throw this.mismatch('the client looked for keys again and again');
    if (isListing(head) && this.#looks >= head.unchanged) {
      this.#listing = head;
      this.advance();
    } else {
      this.#looks++;
      this.#notifyWatchers();
    }
    if (!this.#listing) throw this.mismatch('the client looked for keys');
    const { keys, failures = [] } = this.#listing;
    return {
      keys: keys.map((key) => this.#discovered(key)),
      failures: failures.map(({ transport, code }) => ({ transport, error: new FidoError(code, 'as recorded') })),
    };
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  async close(): Promise<void> {}

  /** To be called at the end. Also what was recorded and never asked for is a mismatch. */
  finish(): readonly string[] {
    clearTimeout(this.#idle);
    if (this.mismatches.length === 0 && this.head) this.mismatch('the client ended');
    return this.mismatches;
  }

  mismatch(got: string): Error {
    const { head } = this;
    const expected = head ? `expected ${titleOf(head)}` : 'the recording ends there';
    this.mismatches.push(`${this.#name}, line ${this.#at + 2}: ${expected}; got: ${got}`);
    this.gone.abort();
    return new Error(this.mismatches.at(-1));
  }

  /** The head is done. */
  advance(): void {
    this.#wakeUp();
    this.#at++;
    this.#looks = 0;
    for (const listener of [...this.#onAdvance]) listener();
    this.#notifyWatchers();
  }

  /** Calls `listener` now and after each line, until it answers true. */
  whenever(listener: () => boolean): void {
    const check = () => {
      if (listener()) this.#onAdvance.delete(check);
    };
    this.#onAdvance.add(check);
    check();
  }

  /**
   * The head, once it is this session's turn.
   * @param isMeant whether a line is what the client just did; `got` says that in words
   */
  async turn<T extends TraceLine>(session: number, isMeant: (line: TraceLine) => line is T, got: string): Promise<T> {
    const deadline = Date.now() + TURN_MS;
    for (;;) {
      const { head } = this;
      if (head && isMeant(head)) return head;
      // Keys that are asked at the same time answer in the order in which they did.
      const isOthersTurn = head !== undefined && 'session' in head && head.session !== session;
      const isRecorded = this.#lines.slice(this.#at).some(isMeant);
      if (!isOthersTurn || !isRecorded || head.session === undefined || head.session > this.#sessions) break;
      if (Date.now() > deadline) break;
      await pause(1);
    }
    throw this.mismatch(got);
  }

  /** Answers of `record`, which is the head, to `request`. */
  answer(record: TraceRecord, request: Uint8Array, pin: RecordedPinExchange): Uint8Array {
    if (record.command === 'largeBlobs') this.#prepareLargeBlobs(record);
    const overrides = record.command === 'clientPIN' ? pin.overrides(record, request) : new Map();
    const largeBlobKey = largeBlobKeyOf(record, this.#at);
    if (largeBlobKey) overrides.set('largeBlobKey', largeBlobKey);
    return rebuiltAnswer(record, this.values, overrides);
  }

  #prepareLargeBlobs({ request, response, session }: TraceRecord): void {
    if (!isObject(request) || request.get === undefined || request.offset !== 0 || !isObject(response)) return;
    const rest = this.#lines.slice(this.#at);
    const owner = rest.findIndex((line, index) => isExchange(line) && largeBlobKeyOf(line, this.#at + index));
    const key = owner < 0 ? undefined : largeBlobKeyOf(rest[owner] as TraceRecord, this.#at + owner);
    bindLargeBlobs(
      rest.filter(isExchange).filter((line) => line.session === session),
      this.values,
      key,
    );
  }

  #wakeUp(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.mismatch('nothing, the client waits'), this.#idleMs);
  }

  #notifyWatchers(): void {
    if (!isListing(this.head)) return;
    setImmediate(() => {
      for (const watcher of this.#watchers) watcher();
    });
  }

  #discovered({ error, ...traced }: TracedKey): DiscoveredKey {
    const members = Object.entries(traced).map(([name, value]) => [
      name,
      typeof value === 'string' ? this.values.resolved(value) : value,
    ]);
    return {
      ...(Object.fromEntries(members) as Omit<DiscoveredKey, 'open'>),
      ...(error ? { error: new FidoError(error.code, 'as recorded') } : {}),
      open: () => this.#open(traced),
    };
  }

  async #open({ id, transport }: TracedKey): Promise<CtapDevice> {
    const session = this.#sessions + 1;
    const isOpening = (line: TraceLine): line is TraceOpening =>
      'event' in line && line.event === 'open' && line.session === session && line.key === id;
    const opening = await this.turn(session, isOpening, `the client opened ${id}`);
    this.#sessions = session;
    this.advance();
    await nextTurn();
    if (opening.error) throw recordedError(opening.error);
    return new RecordedDevice(this, transport, opening).device();
  }
}
