/** Runs the commands that menus stand for, in this process, and shows each as the line somebody would type. */
import { FidoError, type FidoErrorCode } from '../../index.ts';
import { addressFailure, addressing } from '../addressing.ts';
import { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { NewFile } from '../files/new-file.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { RunEnvironment } from '../run-environment.ts';
import { interruption } from '../terminal/interruption.ts';
import type { PinMemory } from '../terminal/pin-memory.ts';
import { reportFailure } from '../terminal/report.ts';
import { shellLine } from '../terminal/shell-line.ts';

/** Failures that say nothing of the PIN. */
const STOPPED: ReadonlySet<FidoErrorCode> = new Set([
  'declined',
  'interrupted',
  'usage',
  'invalid-input',
  'not-found',
  'ambiguous',
]);

/** Runs a command line as if it were a process of its own. @returns its exit code. @throws what it throws */
export type RunProgram = (argv: readonly string[], signal: AbortSignal, environment: RunEnvironment) => Promise<number>;

export interface RunOptions {
  pinMemory?: PinMemory | undefined;
  /** Data goes into this file, which must not exist yet, instead of onto the screen. */
  into?: string | undefined;
}

export class CommandRunner {
  readonly #context: Context;
  readonly #runProgram: RunProgram;

  constructor(context: Context, runProgram: RunProgram) {
    this.#context = context;
    this.#runProgram = runProgram;
  }

  /** Shows the line, runs it, says what failed. Ctrl-C ends the command and not the manager. @returns its exit code */
  async run(argv: readonly string[], { pinMemory, into }: RunOptions = {}): Promise<number> {
    this.show(argv, into);
    const code = await this.#guarded(pinMemory, async (signal) => {
      const environment = { pinMemory, continuesTrace: true };
      if (into === undefined) return this.#runProgram(this.#whole(argv), signal, environment);
      const file = new NewFile(into);
      try {
        const code = await this.#runProgram(this.#whole(argv), signal, { ...environment, stdout: file.stream });
        file.keep();
        return code;
      } catch (error) {
        file.discard();
        throw error;
      }
    });
    return typeof code === 'number' ? code : code.failed;
  }

  /**
   * Does for an answer what the command line would do for the screen.
   * @returns undefined when it failed; why has been said
   */
  async read<T>(
    options: Partial<GlobalOptions>,
    work: (context: Context) => Promise<T>,
    { pinMemory }: RunOptions = {},
  ): Promise<T | undefined> {
    const result = await this.#guarded(pinMemory, async (signal) => {
      const environment = { pinMemory, continuesTrace: true };
      const context = new Context({ ...this.#context.options, ...options }, signal, undefined, environment);
      try {
        return { value: await work(context) };
      } catch (error) {
        addressFailure(error, addressing(context.options));
        throw error;
      } finally {
        await context.close();
      }
    });
    return 'value' in result ? result.value : undefined;
  }

  /** The line that somebody would type. */
  show(argv: readonly string[], into?: string): void {
    const line = shellLine(this.#whole(argv));
    this.#context.out.insist('');
    this.#context.out.command(this.#context.out.styled('dim', `$ ${line}${into === undefined ? '' : ` > ${into}`}`));
  }

  /** The options that the manager itself was started with hold for all it runs. */
  #whole(argv: readonly string[]): string[] {
    return [...argv, ...globalArguments(this.#context.options)];
  }

  async #guarded<T extends object | number>(
    pinMemory: PinMemory | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | { failed: number }> {
    try {
      const result = await interruption.within(work);
      pinMemory?.settle(typeof result !== 'number' || result === EXIT.done ? 'done' : 'failed');
      return result;
    } catch (error) {
      pinMemory?.settle(error instanceof FidoError && STOPPED.has(error.code) ? 'stopped' : 'failed');
      return { failed: await reportFailure(error, false) };
    }
  }
}

function globalArguments(options: GlobalOptions): string[] {
  const { transport, yes, pinFile, newPinFile, timeout, trace, quiet, verbose, color } = options;
  const value = (name: string, given: string | undefined) => (given === undefined ? [] : [name, given]);
  return [
    ...value('--transport', transport),
    ...(yes ? ['--yes'] : []),
    ...value('--pin-file', pinFile),
    ...value('--new-pin-file', newPinFile),
    ...value('--timeout', timeout === DEFAULT_TIMEOUT ? undefined : String(timeout)),
    ...value('--trace', trace),
    ...(quiet ? ['--quiet'] : []),
    ...(verbose ? ['--verbose'] : []),
    ...(color ? [] : ['--no-color']),
  ];
}

/** Seconds, as the option --timeout has it. */
const DEFAULT_TIMEOUT = 60;
