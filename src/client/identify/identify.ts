/** Finds out which of several keys is which. */
import { FidoError } from '../../errors.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { traitsOf } from '../../transport/traits.ts';
import type { Session } from '../session.ts';
import { pause } from '../waiting.ts';
import { TouchRequest } from './touch-request.ts';

/** How long a key blinks, and who is told. */
export interface BlinkOptions {
  /** How long a key that cannot wink is left waiting for a touch, which makes most of them blink. */
  blinkMs: number;
  /** Called once it is so: it has winked, or waits for a touch. */
  onBlink?: ((how: 'winked' | 'waits') => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Whether a key can show which one it is: a card in a reader has nothing to blink with, and being there counts as its touch. */
export function supportsIdentify(key: DiscoveredKey): boolean {
  return !traitsOf(key).inReader;
}

/**
 * Makes the key blink: CTAPHID_WINK, else a request for a touch, cancelled after a while.
 * @returns `touched` if it was touched meanwhile.
 * @throws {FidoError} `unsupported` if it can do neither, `interrupted`, the transport's
 */
export async function blink(
  session: Session,
  { blinkMs, onBlink, signal }: BlinkOptions,
): Promise<'winked' | 'blinked' | 'touched'> {
  if (await winked(session)) {
    onBlink?.('winked');
    return 'winked';
  }
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), blinkMs);
  const stop = () => over.abort();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  let waits = false;
  try {
    const answer = await new TouchRequest(session).ask(over.signal, () => {
      waits = true;
      onBlink?.('waits');
    });
    if (signal?.aborted) throw new FidoError('interrupted', 'interrupted');
    // One that was never seen to wait has shown nothing to anybody.
    if (!waits) throw cannotBlink(session);
    return answer === 'touched' ? 'touched' : 'blinked';
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** False for a key that has no such command, or fails at it although it says that it has (a Security Key by Yubico). */
async function winked({ device }: Session): Promise<boolean> {
  try {
    await device.wink?.();
    return device.wink !== undefined;
  } catch (error) {
    if (error instanceof FidoError && error.code !== 'key-removed' && error.code !== 'interrupted') return false;
    throw error;
  }
}

function cannotBlink({ key }: Session): FidoError {
  return !supportsIdentify(key)
    ? new FidoError('unsupported', 'a card has nothing to blink with', {
        hint: `It is the one on the reader ${key.reader ?? key.name}.`,
      })
    : new FidoError('unsupported', 'this key cannot blink on request, and does not wait for a touch', {
        hint: 'Tell keys apart by their serial number or by unplugging one.',
      });
}

/** Who is told of keys that take no part, and how the wait ends. */
export interface TouchOptions {
  /** Called for each key that turns out not to be able to take part, with the reason. */
  onExcluded?: ((session: Session, reason: FidoError) => void) | undefined;
  /** Aborting ends the wait. */
  signal: AbortSignal;
}

/**
 * Lets all keys wait for a touch at once, again and again; the first that is touched wins, the others are cancelled. Keys
 * on readers have no place here: being put there counts as their touch.
 * @throws {FidoError} `interrupted` when the signal is aborted first; if no key can take part, the reason of the last one
 */
export async function waitForTouch(
  sessions: readonly Session[],
  { onExcluded, signal }: TouchOptions,
): Promise<Session> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let touched: Session | undefined;
  let reason = new FidoError('no-key', 'there is no key to touch');
  try {
    await Promise.all(
      sessions.map(async (session) => {
        const excluded = await untilTouched(session, over.signal);
        if (over.signal.aborted) return;
        if (excluded === undefined) {
          touched = session;
          over.abort();
        } else {
          reason = excluded;
          onExcluded?.(session, excluded);
        }
      }),
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (touched) return touched;
  throw signal.aborted ? new FidoError('interrupted', 'interrupted') : reason;
}

/** A key that gives up at once must not be asked a thousand times a second. */
const SHORTEST_WAIT_MS = 250;

/** @returns undefined once it is touched, or when the signal is aborted; else why it cannot take part */
async function untilTouched(session: Session, signal: AbortSignal): Promise<FidoError | undefined> {
  const request = new TouchRequest(session);
  while (!signal.aborted) {
    const asked = performance.now();
    try {
      const answer = await request.ask(signal);
      if (answer === 'no-question') {
        return new FidoError('unsupported', 'this key does not wait for a touch', {
          hint: 'Tell keys apart by their serial number (seckey list) or by unplugging one.',
        });
      }
      if (answer !== 'not-in-time') return undefined;
    } catch (error) {
      // One that is pulled out, or in use elsewhere, is not the answer; the others still can be.
      if (error instanceof FidoError) return error;
      throw error;
    }
    await pause(Math.max(0, SHORTEST_WAIT_MS - (performance.now() - asked)), signal);
  }
  return undefined;
}
