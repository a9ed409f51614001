/** The reset of one key, alone or as one of many: what may be asked is asked before the key is removed. */
import { checkReset } from '../client/reset/check.ts';
import type { KeyFinder } from '../client/reset/replug.ts';
import { type ResetInteraction, resetKey } from '../client/reset/reset.ts';
import type { Session } from '../client/session.ts';
import { type KeyDescription, vendorSerial } from '../keys/describe.ts';
import type { DiscoveredKey } from '../transport/device.ts';

/** What a reset needs of the program that does it. */
export interface ResetPorts {
  finder: KeyFinder;
  interaction: ResetInteraction;
  /** Opens a key; its session must report touches to `interaction`. */
  openSession(key: DiscoveredKey): Promise<Session>;
  /**
   * Asks whether this key is meant; throw to leave it as it is. Called once it is known that the key takes a reset, and
   * before it is removed: the ten seconds after are too short for questions. Left out: nobody is asked.
   */
  confirm?: ((key: KeyDescription) => Promise<void>) | undefined;
  /** How long a person may take to remove and to insert the key, each. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Closes `session`, if it comes to the replug; answers the one to the key after its reset.
 * @param key as `describeSession` describes it
 * @throws {FidoError} as `checkReset` and `resetKey`, or what `confirm` throws
 */
export async function resetOne(session: Session, key: KeyDescription, ports: ResetPorts): Promise<Session> {
  const { finder, interaction, timeoutMs, signal } = ports;
  await checkReset(session, key);
  await ports.confirm?.(key);
  return resetKey(session, {
    finder,
    interaction,
    openSession: (found) => ports.openSession(found),
    vendorSerial,
    model: key.model,
    timeoutMs,
    signal,
  });
}
