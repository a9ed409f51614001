/** Ctrl-C works, whatever a command is waiting for. */
import { FidoError } from '../../errors.ts';
import { OUTCOME_UNKNOWN } from '../messages/errors.ts';

/** More than the `CANCEL_MS` that a key has to obey a cancellation, and no longer than a person waits after Ctrl-C. */
const PATIENCE_MS = 800;

/**
 * What `work` gives, unless it goes on although `signal` has told it to end. Then it is left behind.
 * @throws {FidoError} `interrupted`, or what `work` rejects with
 */
export async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const over = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new FidoError('interrupted', OUTCOME_UNKNOWN, { answerLost: true }));
    stop = () => {
      timer = setTimeout(giveUp, PATIENCE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
