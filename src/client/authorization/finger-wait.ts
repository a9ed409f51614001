/** The wait for a finger on the key's sensor: until the key answers, the person wants the PIN instead, or time is over. */

import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { FidoError } from '../../errors.ts';
import type { Interaction, UserVerificationPrompt } from '../interaction.ts';
import { hasStatus, type Session } from '../session.ts';

/**
 * `use-pin`: the person rather gives the PIN. `timeout`: the person's time is over. `key-timeout`: the key waits no longer.
 * `denied`: declined on the key itself.
 */
export type FingerWaitEnd = 'use-pin' | 'timeout' | 'key-timeout' | 'denied';

/** `ended` without `value`. */
export type FingerWaitOutcome<T> = { value: T; ended?: undefined } | { ended: FingerWaitEnd; cause: unknown };

/**
 * Runs `request`, for which the key wants a finger, and cancels it on the key when it is not wanted any more.
 * @throws whatever `request` throws for other reasons
 */
export async function waitForFinger<T>(
  session: Session,
  interaction: Pick<Interaction, 'verifyUser'>,
  prompt: Omit<UserVerificationPrompt, 'over'>,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<FingerWaitOutcome<T>> {
  const cancel = new AbortController();
  const over = new AbortController();
  let ended: FingerWaitEnd | undefined;
  const end = (how: FingerWaitEnd) => {
    ended ??= how;
    cancel.abort();
  };
  const timer = prompt.timeoutMs === undefined ? undefined : setTimeout(end, prompt.timeoutMs, 'timeout');
  const wish = interaction.verifyUser({ ...prompt, over: over.signal });
  wish?.then(() => end('use-pin')).catch(() => {});
  const signals = [cancel.signal, ...(session.signal ? [session.signal] : [])];
  try {
    // A finger that came in the same moment counts.
    return { value: await request(AbortSignal.any(signals)) };
  } catch (error) {
    if (session.signal?.aborted) throw error;
    const how = endOf(error, ended);
    if (how === undefined) throw error;
    return { ended: how, cause: error };
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/**
 * How the wait ended that failed with this error; undefined where it failed for another reason.
 * @param wanted how it was ended from this side, which is what counts then
 */
function endOf(error: unknown, wanted: FingerWaitEnd | undefined): FingerWaitEnd | undefined {
  if (hasStatus(error, S.CTAP2_ERR_USER_ACTION_TIMEOUT, S.CTAP2_ERR_ACTION_TIMEOUT)) return wanted ?? 'key-timeout';
  // The session's own limit for a person, which may be reached in the same moment.
  const isLimit = error instanceof FidoError && error.code === 'touch-timeout' && !error.answerLost;
  if (isLimit) return wanted ?? 'timeout';
  if (hasStatus(error, S.CTAP2_ERR_OPERATION_DENIED)) return wanted ?? 'denied';
  return error instanceof FidoError && error.code === 'interrupted' ? wanted : undefined;
}
