/** Finds out which of several keys is which. */

import { selection } from '../ctap2/commands/selection.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { CtapStatusError, FidoError } from '../errors.ts';
import { hasStatus, type Session } from './session.ts';

export interface BlinkOptions {
  /** How long a key that cannot wink is left waiting for a touch, which makes it blink. */
  blinkMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Makes the key blink: CTAPHID_WINK, else authenticatorSelection, cancelled after a while.
 * @returns `touched` if it was touched meanwhile.
 * @throws {FidoError} `unsupported` if it can do neither.
 */
export async function blink(
  session: Session,
  { blinkMs, signal }: BlinkOptions,
): Promise<'winked' | 'blinked' | 'touched'> {
  if (session.device.wink) {
    await session.device.wink();
    return 'winked';
  }
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), blinkMs);
  const stop = () => over.abort();
  signal?.addEventListener('abort', stop);
  try {
    const touched = await selected(session, over.signal);
    if (signal?.aborted) throw new FidoError('interrupted', 'interrupted');
    return touched ? 'touched' : 'blinked';
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

export interface TouchedKey {
  session: Session;
}

/**
 * Lets all keys wait for a touch at once; the first that is touched wins, the others are cancelled.
 * @throws {FidoError} `touch-timeout`, `unsupported` if no key knows authenticatorSelection, `interrupted`
 */
export async function waitForTouch(sessions: readonly Session[], signal: AbortSignal): Promise<TouchedKey> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  try {
    const results = await Promise.allSettled(
      sessions.map(async (session) => {
        if (!(await selected(session, over.signal))) return undefined;
        over.abort();
        return session;
      }),
    );
    const touched = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
    if (touched[0]) return { session: touched[0] };
    if (signal.aborted) throw new FidoError('interrupted', 'interrupted');
    const failed = results.find((result) => result.status === 'rejected');
    throw (
      failed?.reason ??
      new FidoError('touch-timeout', 'no key was touched in time', { hint: '--timeout SECONDS gives you longer.' })
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** True once touched, false when cancelled by `signal`. */
async function selected(session: Session, signal: AbortSignal): Promise<boolean> {
  try {
    await session.call(selection, {}, { signal, touch: { reason: 'identify', hold: false } });
    return true;
  } catch (error) {
    if (error instanceof FidoError && error.code === 'interrupted') return false;
    if (hasStatus(error, CTAP_STATUS.CTAP1_ERR_INVALID_COMMAND)) {
      throw new FidoError(
        'unsupported',
        'this key cannot blink on request: it knows neither wink nor authenticatorSelection',
        {
          hint: 'It is older than CTAP 2.1. Tell keys apart by their serial number or by unplugging one.',
          cause: error,
        },
      );
    }
    if (error instanceof CtapStatusError && error.status === CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL) return false;
    throw error;
  }
}
