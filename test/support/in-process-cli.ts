/** Runs command lines in this process, many at a time: what each of them says is told apart by where it comes from. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import { errorDocument } from '../../src/cli/errors.ts';
import { runProgram } from '../../src/cli/program/program.ts';
import { reportFailure } from '../../src/cli/terminal/report.ts';

export interface Ending {
  exit: number;
  stdout: string;
  stderr: string;
  /** Had to be interrupted. */
  late?: boolean;
  /** What stood behind exit 1. */
  bug?: unknown;
  ms: number;
}

interface Stage {
  stdout: string[];
  stderr: string[];
}

const stages = new AsyncLocalStorage<Stage>();

/** Puts writing to the process's own streams where the running command's goes. */
export function divertStreams(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const write = process[name].write.bind(process[name]);
    process[name].write = ((text: string | Uint8Array, ...rest: []) => {
      const stage = stages.getStore();
      if (!stage) return write(text, ...rest);
      stage[name].push(String(text));
      return true;
    }) as typeof process.stdout.write;
  }
}

/** How long a command may go on once it was interrupted. */
const ENDING_MS = 10_000;

/** @param limitMs when it is interrupted, as by Ctrl-C. @throws {Error} if even that does not end it */
export async function run(argv: readonly string[], limitMs: number): Promise<Ending> {
  const stage: Stage = { stdout: [], stderr: [] };
  const interruption = new AbortController();
  const started = Date.now();
  let late = false;
  let bug: unknown;
  const timers: NodeJS.Timeout[] = [];
  const stuck = new Promise<never>((_resolve, reject) => {
    timers.push(
      setTimeout(() => {
        late = true;
        interruption.abort();
      }, limitMs),
      setTimeout(() => reject(new Error('does not end, not even when interrupted')), limitMs + ENDING_MS),
    );
  });
  const stdout = new Writable({
    write: (chunk, _encoding, done) => {
      stage.stdout.push(String(chunk));
      done();
    },
  });
  const command = stages.run(stage, async () => {
    try {
      return await runProgram(argv, interruption.signal, { stdout });
    } catch (error) {
      if (errorDocument(error).code === 'bug') bug = error;
      return await reportFailure(error, argv.includes('--json'));
    }
  });
  try {
    const exit = await Promise.race([command, stuck]);
    return {
      exit,
      stdout: stage.stdout.join(''),
      stderr: stage.stderr.join(''),
      ms: Date.now() - started,
      ...(late ? { late } : {}),
      ...(bug === undefined ? {} : { bug }),
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
