/** What travels between this program and the process in which the PC/SC library works. */
import { adviceOf, FidoError, type FidoErrorCode, type Situation } from '../../../errors.ts';
import { CardResetError } from '../connection.ts';
import type { PcscLibrary, ReaderStatus } from '../pcsc-library.ts';

/** `id` is the caller's, and comes back with the answer. `card` and `watch` are numbers that the caller has given. */
export type Call =
  | { id: number; call: 'open' | 'readers' }
  | { id: number; call: 'connect'; card: number; reader: string }
  | { id: number; call: 'transmit'; card: number; apdu: Uint8Array }
  | { id: number; call: 'reconnect' | 'close'; card: number };

/** No answer belongs to these. */
export type Notice = { watch: number } | { unwatch: number };

export type Answer = { id: number; value?: unknown } | { id: number; failure: Failure };

/** What `open` answers. */
export type Opened = Pick<PcscLibrary, 'name' | 'maxReaders'>;

/** Readers as they are now; without `readers` the service has gone. */
export type Change = { watch: number; readers?: ReaderStatus[] };

/** A FidoError without what a process keeps to itself. */
export interface Failure {
  code: FidoErrorCode;
  message: string;
  hint?: string | undefined;
  situation?: Situation | undefined;
  /** {@link CardResetError} */
  isReset: boolean;
  cause?: Cause | undefined;
}

/** What is asked of a cause: the system's error, and PC/SC's number in the text, of this error or the one it wraps. */
interface Cause {
  message: string;
  code?: string | undefined;
  syscall?: string | undefined;
  previous?: Cause | undefined;
}

export function toFailure(error: unknown): Failure {
  if (!(error instanceof FidoError)) {
    const message = `the smart card library failed: ${error instanceof Error ? error.message : String(error)}`;
    return { code: 'transport-failed', message, isReset: false };
  }
  const { code, message, cause } = error;
  return { code, message, ...adviceOf(error), isReset: error instanceof CardResetError, cause: toCause(cause) };
}

function toCause(error: unknown): Cause | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, code, syscall } = error as NodeJS.ErrnoException;
  return { message, code, syscall, previous: toCause((error as { previous?: unknown }).previous) };
}

function fromCause({ message, code, syscall, previous }: Cause): Error {
  return Object.assign(new Error(message), { code, syscall, ...(previous ? { previous: fromCause(previous) } : {}) });
}

export function toError(failure: Failure): FidoError {
  const { code, message, isReset, cause } = failure;
  const original = cause && fromCause(cause);
  if (isReset) return new CardResetError(original);
  return new FidoError(code, message, { ...adviceOf(failure), cause: original });
}
