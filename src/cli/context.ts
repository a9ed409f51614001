/** What every command needs: options, output, the person, and the key it is for. Closes all of it at the end. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import {
  type Candidate,
  type CtapDevice,
  type DiscoveredKey,
  Discovery,
  type Interaction,
  type KeyLister,
  Session,
  SoftwareKeys,
  selectKey,
  type TraceRecord,
  type Transport,
  traced,
} from '../index.ts';
import { failure } from './failure.ts';
import { Output } from './output.ts';
import { Person } from './person.ts';
import { PinInput } from './pin-input.ts';
import { askChoice } from './prompts.ts';
import type { Surroundings } from './surroundings.ts';
import { cannotWriteTrace } from './words/files.ts';
import { choice, WHICH_KEY } from './words/keys.ts';
import { traceEnds, verboseLine } from './words/trace.ts';

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
  #traceFailed = false;
  readonly #sessions: Session[] = [];
  readonly #surroundings: Surroundings;

  constructor(
    options: GlobalOptions,
    signal: AbortSignal,
    command: { generate?: boolean } = {},
    surroundings: Surroundings = {},
  ) {
    this.options = options;
    this.#surroundings = surroundings;
    this.signal = signal;
    this.timeoutMs = options.timeout * 1000;
    // Asked of the descriptors: `process.stdin` would make a stream that most commands never read.
    this.canAsk = options.input && isatty(0) && isatty(2);
    this.out = new Output({
      json: options.json ?? false,
      quiet: options.quiet ?? false,
      color: options.color && !process.env.NO_COLOR && process.stdout.isTTY === true,
      stdout: surroundings.stdout ?? process.stdout,
      stderr: process.stderr,
    });
    this.pins = new PinInput({
      ...options,
      generate: command.generate,
      canAsk: this.canAsk,
      memory: surroundings.pinMemory,
    });
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
    this.#sessions.push(session);
    return session;
  }

  /** `device`, recorded with --trace, said with --verbose. */
  traced(device: CtapDevice): CtapDevice {
    const { trace, verbose } = this.options;
    if (trace === undefined && !verbose) return device;
    const file = trace === undefined ? undefined : this.#traceFile(trace);
    return traced(device, (record) => {
      if (file !== undefined) this.#record(file, record);
      if (verbose) this.out.insist(verboseLine(record));
    });
  }

  /** A trace that cannot be written must not stop a key in the middle of something. */
  #record(file: number, record: TraceRecord): void {
    if (this.#traceFailed) return;
    try {
      writeSync(file, `${JSON.stringify(record)}\n`);
    } catch (error) {
      this.#traceFailed = true;
      this.out.insist(traceEnds(this.options.trace ?? '', error));
    }
  }

  #traceFile(path: string): number {
    try {
      this.#trace ??= openSync(path, this.#surroundings.continuesTrace ? 'a' : 'w', 0o600);
      return this.#trace;
    } catch (error) {
      throw failure('invalid-input', cannotWriteTrace(path, error));
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
      WHICH_KEY,
      candidates.map((candidate) => ({ name: choice(candidate.description), value: candidate })),
    );
  }
}
