import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface ProgramResult {
  /** Exit code, or the name of the signal that ended it. */
  code: number | string;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
  cwd?: string;
  /** After this the program is killed and the run fails. */
  timeoutMs?: number;
}

/** A running program of the operating system. The kernel kills it should this process die without stopping it. */
export class Program {
  readonly pid: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #words: string;
  readonly #ended: Promise<number | string>;
  #stdout = '';
  #stderr = '';

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#words = [command, ...args].join(' ');
    // The death signal outlives exec, so it also holds behind nsenter and unshare.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`${error}`));
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
    this.pid = this.#child.pid ?? -1;
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.#child.stdin.on('error', () => {});
    if (options.input !== undefined) this.#child.stdin.end(options.input);
  }

  /** A line to the program's standard input. */
  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits until standard output matches. @throws if the program ends before, or after 10 s. */
  says(pattern: RegExp | string, timeoutMs = 10_000): Promise<void> {
    return this.#prints(this.#child.stdout, () => this.#stdout, pattern, timeoutMs);
  }

  /** The same for standard error. */
  complains(pattern: RegExp | string, timeoutMs = 10_000): Promise<void> {
    return this.#prints(this.#child.stderr, () => this.#stderr, pattern, timeoutMs);
  }

  async #prints(stream: Readable, printed: () => string, pattern: RegExp | string, timeoutMs: number): Promise<void> {
    const matches = () => (typeof pattern === 'string' ? printed().includes(pattern) : pattern.test(printed()));
    const deadline = AbortSignal.timeout(timeoutMs);
    while (!matches()) {
      const more = once(stream, 'data', { signal: deadline }).then(() => undefined);
      const outcome = await Promise.race([more, this.#ended]).catch(() => 'timeout');
      if (outcome !== undefined && !matches()) {
        throw new Error(`"${this.#words}" did not say ${pattern} (${outcome}):\n${this.#stdout}${this.#stderr}`);
      }
    }
  }

  /** Waits for its end. @throws when it takes longer than `timeoutMs`. */
  async result(timeoutMs = 60_000): Promise<ProgramResult> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill('SIGKILL');
    }, timeoutMs);
    const code = await this.#ended;
    clearTimeout(timer);
    const { stdout, stderr } = { stdout: this.#stdout, stderr: this.#stderr };
    if (late) throw new Error(`"${this.#words}" was killed after ${timeoutMs} ms:\n${stdout}${stderr}`);
    return { code, stdout, stderr };
  }

  /** Ends it, by force if it does not go. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 5_000): Promise<ProgramResult> {
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    const code = await this.#ended;
    clearTimeout(timer);
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return new Program(command, args, { ...options, input: options.input ?? '' }).result(options.timeoutMs);
}

/** Runs a program that has to succeed, and returns its standard output. @throws with everything it said */
export async function must(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
