/** The command line's entry: parses, runs one command, turns failures into words and the exit code. */
import { fstatSync } from 'node:fs';
import { writeWhole } from '../files/write-whole.ts';
import { EXIT } from './exit-codes.ts';
import { DID_NOT_END, failed } from './messages/errors.ts';
import { cannotWriteOutput } from './messages/files.ts';
import { isDeliverysMatter } from './terminal/delivery.ts';
import { interruption } from './terminal/interruption.ts';
import { complain, reportFailure } from './terminal/report.ts';

/** How long output may take to get out: Windows writes to pipes in the background, and whoever reads may be slow. */
const OUTPUT_MS = 3_000;
/** With SECKEY_DEBUG, how long the process may take to end by itself. */
const LINGER_MS = 3_000;

/** Runs the command line given by `argv` (without node and script) and sets the process's exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error) => {
    if (!isDeliverysMatter()) process.exit(outputLost(error));
  });
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
    // With SECKEY_DEBUG the end is waited for, so that tests see what would keep the process alive.
    if (process.env.SECKEY_DEBUG) setTimeout(leave, LINGER_MS).unref();
    else leaveOnceWritten();
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

/**
 * Nothing is left to do, so Node need not be taken apart piece by piece: that costs milliseconds, and what still waits for a
 * key or a reader would hold it up. A process that has a native thread waiting in libuv's pool cannot even be left; PC/SC,
 * where that happens, is in another one (transport/nfc/host).
 */
function leaveOnceWritten(): void {
  const streams = [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
  if (streams.length === 0) process.exit();
  setTimeout(() => process.exit(), OUTPUT_MS);
  const written = streams.map((stream) => new Promise((resolve) => stream.write('', resolve)));
  void Promise.all(written).then(() => process.exit());
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

function leave(): void {
  process.stderr.write(`${DID_NOT_END}\n`);
  process.exit();
}
