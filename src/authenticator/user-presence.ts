import { CTAP_STATUS } from '../ctap2/status.ts';
import { type CommandContext, refuse } from './command-handler.ts';
import type { UserPresenceAnswer } from './environment.ts';

/** Keepalive status, the same numbers over CTAPHID and NFC (CTAP 2.3 §11.2.9.2.1, §11.3.7). */
export const KEEPALIVE_STATUS = { processing: 1, upneeded: 2 } as const;

/** How long after power-up bringing the card into the field counts as a touch. */
const FIELD_EVIDENCE_MS = 120_000;

export interface PresenceOptions {
  /** A touch of about five seconds. */
  long?: boolean;
  /** In makeCredential and getAssertion: bringing the card into the field counts as a touch once only. */
  usesUp?: boolean;
  /**
   * Status if nobody touches the key and the model has none of its own; CTAP2_ERR_USER_ACTION_TIMEOUT (0x2F) if absent.
   */
  timeoutStatus?: number;
  /** How long to wait, in milliseconds; as long as the model does if absent. */
  timeoutMs?: number;
}

/**
 * Waits until the user is known to be present (CTAP 2.3 §6.2.2 step 14 and others).
 * @throws {StatusError} CTAP2_ERR_OPERATION_DENIED (0x27) if the user refuses, `timeoutStatus` if nobody comes,
 *   CTAP2_ERR_KEEPALIVE_CANCEL (0x2D), CTAP2_ERR_UP_REQUIRED (0x3B) if a card has to be lifted and tapped again
 */
export async function requireUserPresence(context: CommandContext, options: PresenceOptions = {}): Promise<void> {
  const { model, state, environment, transport, signal } = context;
  const onCard = transport === 'usb' ? undefined : model.nfc?.presence;
  if (onCard === 'always') return;
  if (onCard === 'field') {
    const { powerCycle } = state;
    const age = environment.now() - powerCycle.poweredOnAt;
    if (powerCycle.presenceUsed || age < 0 || age > FIELD_EVIDENCE_MS) refuse(CTAP_STATUS.CTAP2_ERR_UP_REQUIRED);
    if (options.usesUp) powerCycle.presenceUsed = true;
    return;
  }
  if (signal.aborted) refuse(CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL);
  context.keepalive(KEEPALIVE_STATUS.upneeded);
  const answer = await orCancelled(
    environment.userPresence({
      timeoutMs: options.timeoutMs ?? model.touchTimeoutMs,
      long: options.long ?? false,
      signal,
    }),
    signal,
  );
  context.keepalive(KEEPALIVE_STATUS.processing);
  if (answer === 'touched') return;
  refuse(presenceStatus(context, answer, options));
}

function presenceStatus(
  { model }: CommandContext,
  answer: Exclude<UserPresenceAnswer, 'touched'>,
  { timeoutStatus = CTAP_STATUS.CTAP2_ERR_USER_ACTION_TIMEOUT }: PresenceOptions,
): number {
  switch (answer) {
    case 'denied':
      return CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED;
    case 'cancelled':
      return CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL;
    case 'timeout':
      return model.quirks.touchTimeoutStatus ?? timeoutStatus;
  }
}

/** The answer, or `cancelled` as soon as `signal` is aborted: an environment may take its time to notice it. */
export function orCancelled<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | 'cancelled'> {
  return new Promise((resolve, reject) => {
    const cancel = () => resolve('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
