import { FidoError } from '../errors.ts';

export interface WaitOptions {
  /** How long a person may take. */
  timeoutMs: number;
  /** What is said if nothing happened in time, e.g. `the key was not removed`. */
  onTimeout: string;
  signal?: AbortSignal | undefined;
}

/**
 * `event`, or a failure when a person takes too long or interrupts.
 * @throws {FidoError} `person-timeout`, `interrupted`, or what `event` rejects with.
 */
export async function waitFor<T>(event: Promise<T>, { timeoutMs, onTimeout, signal }: WaitOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      if (signal?.aborted) reject(new FidoError('interrupted', 'interrupted'));
      onAbort = () => reject(new FidoError('interrupted', 'interrupted'));
      signal?.addEventListener('abort', onAbort);
      timer = setTimeout(
        () =>
          reject(
            new FidoError('person-timeout', `${onTimeout} within ${Math.round(timeoutMs / 1000)} seconds`, {
              hint: 'Run the command again.',
              situation: { id: 'time-ran-out' },
            }),
          ),
        timeoutMs,
      );
      event.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * `event`, unless somebody interrupts: then it is left to itself. For what changes nothing on a key.
 * @throws {FidoError} `interrupted`, or what `event` rejects with
 */
export async function unlessInterrupted<T>(event: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return event;
  event.catch(() => {});
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(new FidoError('interrupted', 'interrupted'));
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      event.then(resolve, reject);
    });
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves after `ms`, or at once when aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** What `promise` gives, if that takes no longer than `ms`; else undefined, and what it gives later is dropped. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A signal that is aborted with `signal`, or after `ms`; `end` lets go of both. Not AbortSignal.any over
 * AbortSignal.timeout: nothing holds the latter, so Node 20 forgets its timer as soon as it collects garbage.
 */
export function withTimeLimit(signal: AbortSignal, ms: number): { signal: AbortSignal; end: () => void } {
  const over = new AbortController();
  const abort = () => over.abort();
  const timer = setTimeout(abort, ms);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return {
    signal: over.signal,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
