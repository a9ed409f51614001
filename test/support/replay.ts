/**
 * Runs the command of a recording over the recorded keys. For test files that put {@link stage} in place of the terminal
 * and of discovery (see test/recordings/recordings.test.ts).
 */
import { errorDocument } from '../../src/cli/errors.ts';
import { runProgram } from '../../src/cli/program/program.ts';
import { RecordedCommand } from './recorded-command.ts';
import { RecordedKeys } from './recorded-key.ts';
import type { Recording } from './recording.ts';

/** What stands in place of discovery and of the person. */
export const stage: {
  /** The recording that is replayed now. */
  recording?: Recording;
  keys?: RecordedKeys;
  command?: RecordedCommand;
  /** What is being recorded now, instead. */
  live?: { finder: object; interactive: boolean; yes: boolean; pin: string };
} = {};

export interface Outcome {
  exit: number;
  error?: { code: string; status?: string; retries?: number };
  /** Where the client did something else than recorded. */
  mismatches: readonly string[];
}

/** @param idleMs how long the client may do nothing. @throws {Error} if the recording cannot be replayed */
export async function replay(recording: Recording, idleMs?: number): Promise<Outcome> {
  const keys = new RecordedKeys(recording, idleMs);
  const command = new RecordedCommand(recording, keys);
  Object.assign(stage, { recording, keys, command });
  try {
    const exit = await runProgram(command.argv(), keys.gone.signal);
    return { exit, mismatches: keys.finish() };
  } catch (error) {
    const { exit, code, status, retries } = errorDocument(error);
    return {
      exit,
      error: { code, ...(status === undefined ? {} : { status }), ...(retries === undefined ? {} : { retries }) },
      mismatches: keys.finish(),
    };
  } finally {
    command.remove();
  }
}
