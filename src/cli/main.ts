/** The command line's entry: parses, runs one command, turns failures into words and the exit code. */
import { fstatSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';
import { writeWhole } from './files/write-whole.ts';
import { interruption } from './terminal/interruption.ts';
import { complain, reportFailure } from './terminal/report.ts';
import { DID_NOT_END, failed } from './words/ending.ts';
import { cannotWriteOutput } from './words/files.ts';

/** A leak must not keep a finished command alive; what it did is done and printed. */
const LINGER_MS = 3_000;

/** Runs the command line given by `argv` (without node and script) and sets the process's exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error) => process.exit(outputLost(error)));
  if (fstatSync(1).isFile()) process.stdout._write = writeAll;
  // Nobody can be told; what the command is doing to a key goes on.
  process.stderr.on('error', () => {});
  const interrupt = () => void (interruption.interrupt() || process.exit(EXIT.interrupted));
  const terminate = () => void (interruption.terminate() || process.exit(EXIT.interrupted));
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  // A closed window: a key that still waits for a touch must not take one later.
  process.on('SIGHUP', terminate);
  try {
    const { runProgram } = await import('./program/program.ts');
    process.exitCode = await runProgram(argv, interruption.signal);
  } catch (error) {
    process.exitCode = await reportFailure(error, argv.includes('--json'));
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    process.off('SIGHUP', terminate);
    // A file that took nothing says so only after this turn, and until then it looks like success.
    if (process.exitCode === EXIT.done && process.stdout.errored) process.exit(outputLost(process.stdout.errored));
    // Nothing is left to do, so Node need not be taken apart piece by piece: that costs milliseconds. Output that is not
    // yet on its way (Windows writes to pipes in the background) and native threads after a failure get time, though.
    const written = process.stdout.writableLength === 0 && process.stderr.writableLength === 0;
    // With SECKEY_DEBUG it is waited for, so that tests see what would keep the process alive.
    if (process.exitCode === EXIT.done && written && !process.env.SECKEY_DEBUG) process.exit();
    setTimeout(leave, LINGER_MS).unref();
  }
}

/** Node writes to a file once and does not look how much of it the disk took. */
function writeAll(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
  try {
    writeWhole(1, chunk);
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

/** Says why data did not get out. @returns the exit code */
export function outputLost(error: NodeJS.ErrnoException): number {
  // Whoever read our output has left, e.g. `seckey list | head`.
  if (error.code === 'EPIPE') return EXIT.done;
  const { message, hint } = cannotWriteOutput(error);
  complain(failed(message));
  complain(hint);
  return EXIT.usage;
}

/** A card that never answers keeps a native thread, and `process.exit` would wait for that thread for ever. */
function leave(): void {
  if (process.env.SECKEY_DEBUG) process.stderr.write(`${DID_NOT_END}\n`);
  if (process.exitCode === EXIT.transport) process.kill(process.pid, 'SIGKILL');
  process.exit();
}
