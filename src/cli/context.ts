/** What every command needs: options, output, the person, and the key it is for. Closes all of it at the end. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import {
  type Candidate,
  type CtapDevice,
  type DiscoveredKey,
  Discovery,
  FidoError,
  type Interaction,
  type KeyLister,
  Session,
  SoftwareKeys,
  selectKey,
  type Transport,
  traced,
} from '../index.ts';
import { escaped } from './escape.ts';
import { Output } from './output.ts';
import { Person } from './person.ts';
import { PinInput } from './pin-input.ts';
import { askChoice } from './prompts.ts';
import { traceTitle } from './trace-text.ts';

export interface GlobalOptions {
  key?: string;
  transport?: Transport;
  json?: boolean;
  /** false with --no-input */
  input: boolean;
  yes?: boolean;
  pinFile?: string;
  newPinFile?: string;
  /** Seconds. */
  timeout: number;
  trace?: string;
  quiet?: boolean;
  verbose?: boolean;
  /** false with --no-color */
  color: boolean;
}

/** Finds keys, real or software ones. */
export type Finder = Pick<Discovery, 'list' | 'watch' | 'close'> & KeyLister;

const VIRTUAL_PREFIX = 'virtual:';

export class Context {
  readonly options: GlobalOptions;
  readonly out: Output;
  readonly canAsk: boolean;
  readonly signal: AbortSignal;
  readonly pins: PinInput;
  readonly timeoutMs: number;
  #interaction: Interaction;
  #finder: Finder | undefined;
  #trace: number | undefined;
  /** Those that are open: a batch opens hundreds. */
  readonly #sessions = new Set<Session>();

  constructor(options: GlobalOptions, signal: AbortSignal, command: { generate?: boolean } = {}) {
    this.options = options;
    this.signal = signal;
    this.timeoutMs = options.timeout * 1000;
    // Asked of the descriptors: `process.stdin` would make a stream that most commands never read.
    this.canAsk = options.input && isatty(0) && isatty(2);
    this.out = new Output({
      json: options.json ?? false,
      quiet: options.quiet ?? false,
      color: options.color && !process.env.NO_COLOR && process.stdout.isTTY === true,
      stdout: process.stdout,
      stderr: process.stderr,
    });
    this.pins = new PinInput({ ...options, generate: command.generate, canAsk: this.canAsk });
    this.#interaction = new Person({
      out: this.out,
      pins: this.pins,
      canAsk: this.canAsk,
      yes: options.yes ?? false,
      timeoutMs: this.timeoutMs,
      hasPinFile: options.pinFile !== undefined,
    });
  }

  /** The person, or the person with the simulated hand of a software key. */
  get interaction(): Interaction {
    return this.#interaction;
  }

  /** The software keys that --key names, e.g. with `virtual:a,virtual:b`; undefined if it means other keys. */
  get virtualNames(): string[] | undefined {
    const { key } = this.options;
    if (!key?.startsWith(VIRTUAL_PREFIX)) return undefined;
    const names = key.split(',').map((each) => each.trim().replace(VIRTUAL_PREFIX, ''));
    return [...new Set(names)];
  }

  /** Where keys are looked for: the transports, or the software keys that --key names. */
  async finder(): Promise<Finder> {
    if (this.#finder) return this.#finder;
    const { transport } = this.options;
    const names = this.virtualNames;
    if (names) {
      const keys = await SoftwareKeys.open(names, transport ? { transport } : {});
      this.#interaction = keys.withHand(this.#interaction);
      this.#finder = keys;
    } else {
      this.#finder = new Discovery(transport ? { transports: [transport] } : {});
    }
    return this.#finder;
  }

  /** The key this command is for, opened. */
  async openKey(): Promise<Session> {
    const finder = await this.finder();
    const selector = this.options.key?.startsWith(VIRTUAL_PREFIX) ? undefined : this.options.key;
    const key = await selectKey(finder, selector, this.canAsk ? (candidates) => this.#choose(candidates) : undefined);
    return this.openSession(key);
  }

  /** Opens `key` with this command's interaction, cancellation and trace; closed with the context. */
  async openSession(key: DiscoveredKey): Promise<Session> {
    const session = await Session.open(key, {
      interaction: {
        touch: (prompt) => this.#interaction.touch(prompt),
        processing: () => this.#interaction.processing(),
      },
      signal: this.signal,
      wrap: (device) => this.traced(device),
    });
    this.#sessions.add(session);
    session.onClose(() => this.#sessions.delete(session));
    return session;
  }

  /** `device`, recorded with --trace, said with --verbose. */
  traced(device: CtapDevice): CtapDevice {
    const { trace, verbose } = this.options;
    if (trace === undefined && !verbose) return device;
    const file = trace === undefined ? undefined : this.#traceFile(trace);
    return traced(device, (record) => {
      if (file !== undefined) writeSync(file, `${JSON.stringify(record)}\n`);
      if (verbose)
        this.out.insist(`${traceTitle(record)}: ${record.status ?? record.error?.code}, ${record.durationMs} ms`);
    });
  }

  #traceFile(path: string): number {
    try {
      this.#trace ??= openSync(path, 'w', 0o600);
      return this.#trace;
    } catch (error) {
      throw new FidoError('invalid-input', `cannot write the trace to ${path}: ${(error as Error).message}`, {
        hint: 'Give --trace a path that can be written.',
      });
    }
  }

  async close(): Promise<void> {
    this.out.waitingOver();
    this.pins.wipe();
    for (const session of this.#sessions) await session.close();
    await this.#finder?.close();
    if (this.#trace !== undefined) closeSync(this.#trace);
  }

  #choose(candidates: readonly Candidate[]): Promise<Candidate> {
    return askChoice(
      'Which key?',
      candidates.map((candidate) => {
        const { id, model, name, serial, error } = candidate.description;
        const details = [serial && `serial ${serial}`, error && 'cannot be opened'].filter(Boolean).join(', ');
        return {
          name: `${escaped(model ?? name ?? id)}${details ? ` (${escaped(details)})` : ''}  ${id}`,
          value: candidate,
        };
      }),
    );
  }
}
