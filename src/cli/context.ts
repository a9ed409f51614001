/** What every command needs: options, output, the person, and the key it is for. Closes all of it at the end. */
import { isatty } from 'node:tty';
import {
  type Candidate,
  type DiscoveredKey,
  Discovery,
  type Interaction,
  type KeyLister,
  Session,
  selectKey,
  softwareKeys,
} from '../index.ts';
import { KeyTracer, type TraceLine } from '../trace/index.ts';
import { namedPcscLibrary } from '../transport/index.ts';
import { addressing } from './addressing.ts';
import { type CommandLine, TraceFileWriter } from './files/trace-file-writer.ts';
import type { GlobalOptions } from './global-options.ts';
import { choice, WHICH_KEY } from './messages/keys.ts';
import { traceEnds, verboseLine } from './messages/trace.ts';
import type { RunEnvironment } from './run-environment.ts';
import { NewPinDelivery } from './terminal/new-pin-delivery.ts';
import { Output } from './terminal/output.ts';
import { Person } from './terminal/person.ts';
import { PinInput } from './terminal/pin-input.ts';
import { askChoice } from './terminal/prompts.ts';

/** Options of `pin` that say where a PIN comes from or goes to, which is the context's business. */
export interface PinOptions {
  /** Draw the new PIN instead of asking. */
  generate?: true;
  /** The file that gets it. */
  newPinOut?: string;
  /** The key was removed and inserted, though it does not say so. */
  replugged?: true;
}

/** Finds keys, real or software ones. */
export type Finder = Pick<Discovery, 'list' | 'watch' | 'close'> & KeyLister;

const CLOSE_MS = 2_000;
const CLOSE_INTERRUPTED_MS = 100;
const VIRTUAL_PREFIX = 'virtual:';

export class Context {
  readonly options: GlobalOptions;
  readonly out: Output;
  readonly canAsk: boolean;
  readonly signal: AbortSignal;
  readonly pins: PinInput;
  readonly newPinDelivery: NewPinDelivery;
  readonly timeoutMs: number;
  #interaction: Interaction;
  #finder: Finder | undefined;
  readonly #traceFile: TraceFileWriter | undefined;
  readonly #tracer: KeyTracer | undefined;
  /** Those that are open: a batch opens hundreds. */
  readonly #sessions = new Set<Session>();

  /** @throws {FidoError} `invalid-input` if there is a trace to write and it cannot be, `usage` */
  constructor(
    options: GlobalOptions & PinOptions,
    signal: AbortSignal,
    commandLine?: CommandLine,
    environment: RunEnvironment = {},
  ) {
    this.options = options;
    this.signal = signal;
    // A typing error in it is no reason to look without the readers.
    namedPcscLibrary();
    this.timeoutMs = options.timeout * 1000;
    // Asked of the descriptors: `process.stdin` would make a stream that most commands never read.
    this.canAsk = options.input && isatty(0) && isatty(2);
    this.out = new Output({
      json: options.json ?? false,
      quiet: options.quiet ?? false,
      color: options.color && !process.env.NO_COLOR && process.stdout.isTTY === true,
      stdout: environment.stdout ?? process.stdout,
      stderr: process.stderr,
      address: addressing(options),
    });
    this.newPinDelivery = new NewPinDelivery(this.out, options.newPinOut);
    this.pins = new PinInput({
      ...options,
      deliver: (pin) => this.newPinDelivery.deliver(pin),
      timeoutMs: this.timeoutMs,
      canAsk: this.canAsk,
      memory: environment.pinMemory,
    });
    this.#interaction = new Person({
      out: this.out,
      pins: this.pins,
      canAsk: this.canAsk,
      yes: options.yes ?? false,
      timeoutMs: this.timeoutMs,
      hasPinFile: options.pinFile !== undefined,
      replugged: options.replugged ?? false,
    });
    const { trace, verbose } = options;
    if (trace !== undefined) {
      const onFailure = (error: unknown) => this.out.insist(traceEnds(trace, error));
      this.#traceFile = new TraceFileWriter(trace, { continues: environment.continuesTrace, onFailure });
      if (commandLine) this.#traceFile.start(commandLine, this.canAsk);
    }
    if (trace !== undefined || verbose) {
      this.#tracer = new KeyTracer((line) => this.#record(line), this.#traceFile?.aliases);
    }
  }

  /** The person, or the person with the simulated user of a software key. */
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
      const keys = await softwareKeys.open(names, transport ? { transport } : {});
      this.#interaction = keys.withSimulatedUser(this.#interaction);
      this.#finder = this.traced(keys);
    } else {
      this.#finder = this.traced(new Discovery(transport ? { transports: [transport] } : {}));
    }
    return this.#finder;
  }

  /** `finder`, with all that is found and done with it recorded with --trace, said with --verbose. */
  traced(finder: Finder): Finder {
    const tracer = this.#tracer;
    if (!tracer) return finder;
    return {
      transports: finder.transports as Discovery['transports'],
      list: () => tracer.list(finder),
      watch: (changed) => finder.watch(changed),
      close: () => finder.close(),
    };
  }

  /** The key this command is for, opened. */
  async openKey(): Promise<Session> {
    const finder = await this.finder();
    const selector = this.options.key?.startsWith(VIRTUAL_PREFIX) ? undefined : this.options.key;
    const choose = this.canAsk ? (candidates: readonly Candidate[]) => this.#choose(candidates) : undefined;
    const key = await selectKey(finder, selector, choose, { signal: this.signal });
    return this.openSession(key);
  }

  /** Opens `key` with this command's interaction and cancellation; closed with the context. */
  async openSession(key: DiscoveredKey): Promise<Session> {
    const session = await Session.open(key, {
      interaction: {
        touch: (prompt) => this.#interaction.touch(prompt),
        processing: () => this.#interaction.processing(),
      },
      signal: this.signal,
      personMs: this.timeoutMs,
    });
    this.#sessions.add(session);
    session.onClose(() => this.#sessions.delete(session));
    return session;
  }

  #record(line: TraceLine): void {
    this.#traceFile?.write(line);
    if (this.options.verbose && !('event' in line)) this.out.insist(verboseLine(line));
  }

  /** Not everything that --trace was asked to record is in its file. */
  get traceIsLost(): boolean {
    return this.#traceFile?.hasFailed ?? false;
  }

  /** How the command ended, for the trace. */
  noteEnd(exit: number, error?: unknown): void {
    this.#traceFile?.end(exit, error);
  }

  /** Never takes long: a key that is mute, or a reader that hangs, is left behind. */
  async close(): Promise<void> {
    this.out.waitingOver();
    this.pins.wipe();
    const releasing = Promise.all([...this.#sessions].map((session) => session.close())).then(() =>
      this.#finder?.close(),
    );
    await atMost(this.signal.aborted ? CLOSE_INTERRUPTED_MS : CLOSE_MS, releasing);
    this.#traceFile?.close();
  }

  #choose(candidates: readonly Candidate[]): Promise<Candidate> {
    return askChoice(
      WHICH_KEY,
      candidates.map((candidate) => ({ name: choice(candidate.description), value: candidate })),
    );
  }
}

/** Waits for `work`, but no longer than that. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
