/** The counters of wrong PINs and fingers: read before a try is spent, and again after one was lost (CTAP 2.3 §6.5.2). */
import { CLIENT_PIN_SUBCOMMAND, clientPIN } from '../ctap2/commands/client-pin.ts';
import { CTAP_STATUS } from '../ctap2/status.ts';
import { wipe } from '../encoding/bytes.ts';
import { CtapStatusError, FidoError, PinError } from '../errors.ts';
import type { Interaction } from './interaction.ts';
import { choosePinUvAuthProtocol } from './key-agreement.ts';
import { normalizePin } from './pin-text.ts';
import { hasStatus, type Session } from './session.ts';

/** The part of {@link Interaction} that PIN functions use. */
export type PinInteraction = Pick<Interaction, 'requestPin' | 'confirmLastTry'>;

/** Tries left for built-in user verification; nothing where the key does not tell. One exchange. */
export async function readUvRetries(session: Session): Promise<{ uvRetries?: number }> {
  try {
    const { uvRetries } = await session.call(clientPIN, {
      pinUvAuthProtocol: choosePinUvAuthProtocol(await session.info()).number,
      subCommand: CLIENT_PIN_SUBCOMMAND.getUVRetries,
    });
    return uvRetries === undefined ? {} : { uvRetries };
  } catch (error) {
    // Keys before 2.1 have built-in verification without this counter, and some do without clientPIN altogether.
    if (error instanceof CtapStatusError || (error instanceof FidoError && error.code === 'unsupported')) return {};
    throw error;
  }
}

/** PIN tries left, and whether the key wants a replug before the next. One exchange. */
export async function readPinRetries(session: Session): Promise<{ retries: number; powerCycleNeeded: boolean }> {
  const { pinRetries, powerCycleState } = await session.call(clientPIN, {
    pinUvAuthProtocol: choosePinUvAuthProtocol(await session.info()).number,
    subCommand: CLIENT_PIN_SUBCOMMAND.getPINRetries,
  });
  if (pinRetries === undefined)
    throw new FidoError('malformed-response', 'the key does not say how many PIN tries are left');
  return { retries: pinRetries, powerCycleNeeded: powerCycleState ?? false };
}

/** Asks the key for the tries left, warns before the last one, then asks the person. Spends no try. */
export async function requestCurrentPin(session: Session, interaction: PinInteraction): Promise<Uint8Array> {
  const { retries, powerCycleNeeded } = await readPinRetries(session);
  if (retries === 0) throw pinBlocked();
  if (powerCycleNeeded) throw pinAuthBlocked(retries);
  if (retries === 1 && !(await interaction.confirmLastTry())) {
    throw new FidoError('declined', 'left alone: one PIN try is left, and none was spent', {
      hint: 'Run the command again when you are sure of the PIN; a wrong one blocks the key.',
    });
  }
  const typed = await interaction.requestPin({ which: 'current', retries });
  try {
    return normalizePin(typed);
  } finally {
    wipe(typed);
  }
}

function pinBlocked(cause?: CtapStatusError): PinError {
  return new PinError(
    'pin-blocked',
    'the PIN is blocked for good: no tries are left',
    { status: CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED, statusName: 'CTAP2_ERR_PIN_BLOCKED', retries: 0 },
    { hint: 'Only a reset helps, and it erases everything on the key: seckey reset', cause },
  );
}

function pinAuthBlocked(retries: number | undefined, cause?: CtapStatusError): PinError {
  return new PinError(
    'pin-auth-blocked',
    `three wrong PINs in a row: the key takes no more until it is removed and inserted again${triesLeft(retries)}`,
    {
      status: CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED,
      statusName: 'CTAP2_ERR_PIN_AUTH_BLOCKED',
      ...(retries === undefined ? {} : { retries }),
    },
    { hint: 'Remove the key, insert it again, then try with the right PIN.', cause },
  );
}

export function triesLeft(retries: number | undefined): string {
  return retries === undefined ? '' : `, ${retries} ${retries === 1 ? 'try' : 'tries'} left`;
}

/** After a refused PIN: says what it was and, from the key, how many tries are left. Other errors pass unchanged. */
export async function explainPinRefusal(session: Session, error: unknown): Promise<unknown> {
  if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED)) return pinBlocked(error);
  if (!hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_INVALID, CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED)) return error;
  const left = await readPinRetries(session).catch(() => undefined);
  if (left?.retries === 0) return pinBlocked(error);
  if (left?.powerCycleNeeded || error.status === CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED)
    return pinAuthBlocked(left?.retries, error);
  const { status, statusName } = error;
  return new PinError(
    'pin-invalid',
    `wrong PIN${triesLeft(left?.retries)}`,
    { status, statusName, ...(left ? { retries: left.retries } : {}) },
    { hint: 'Run the command again with the right PIN.', cause: error },
  );
}
