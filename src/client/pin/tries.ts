/** The counters of wrong PINs and fingers, as they are before a try is spent (CTAP 2.3 §6.5.2). */
import { CLIENT_PIN_SUBCOMMAND, clientPIN } from '../../ctap2/commands/client-pin.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { wipe } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError, PinError } from '../../errors.ts';
import type { Interaction } from '../interaction.ts';
import { choosePinUvAuthProtocol } from '../key-agreement.ts';
import { hasStatus, type Session } from '../session.ts';
import { seenBlock } from './blocked.ts';
import { checkCurrentPin, normalizePin } from './text.ts';

/** The part of {@link Interaction} that PIN functions use. */
export type PinInteraction = Pick<Interaction, 'requestPin' | 'confirmLastTry' | 'confirmReplugged'>;

/** The counter of wrong PINs. */
export interface PinTries {
  /** Tries left before the PIN is blocked for good. */
  retries: number;
  /** powerCycleState; absent where the key does not tell. */
  powerCycleNeeded?: boolean;
}

/** The PIN as somebody gave it, and the tries that the key had then. Whoever takes it wipes `pin`. */
export interface CurrentPin {
  pin: Uint8Array;
  before: PinTries;
}

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

/**
 * PIN tries left, and whether the key wants a replug before the next. One exchange.
 * @throws {FidoError} `malformed-response` if it does not say
 */
export async function readPinRetries(session: Session): Promise<PinTries> {
  try {
    const { pinRetries, powerCycleState } = await session.call(clientPIN, {
      pinUvAuthProtocol: choosePinUvAuthProtocol(await session.info()).number,
      subCommand: CLIENT_PIN_SUBCOMMAND.getPINRetries,
    });
    if (pinRetries === undefined)
      throw new FidoError('malformed-response', 'the key does not say how many PIN tries are left');
    return { retries: pinRetries, ...(powerCycleState === undefined ? {} : { powerCycleNeeded: powerCycleState }) };
  } catch (error) {
    // Yubico's first Security Key, for one, does not even tell that there are none.
    if (hasStatus(error, CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED)) return { retries: 0 };
    throw error;
  }
}

/** As {@link readPinRetries}, with what this process has seen where the key does not tell. */
export async function pinTries(session: Session): Promise<PinTries> {
  const tries = await readPinRetries(session);
  if (tries.powerCycleNeeded !== undefined || seenBlock(session, tries.retries) !== 'now') return tries;
  return { ...tries, powerCycleNeeded: true };
}

/**
 * Asks the key for the tries left, warns before the last one, then asks the person. Spends no try.
 * @throws {FidoError} `declined` (last try)
 * @throws {PinError} `pin-blocked`; `pin-auth-blocked` where the key says that it wants a power cycle and nobody says that
 *   there was one: some keys spend a try even on a PIN that they do not look at
 */
export async function requestCurrentPin(session: Session, interaction: PinInteraction): Promise<CurrentPin> {
  const before = await pinTries(session);
  const { retries, powerCycleNeeded } = before;
  if (retries === 0) throw pinBlocked();
  if (powerCycleNeeded && !(await wasReplugged(session, retries, interaction))) throw pinAuthBlocked(retries);
  if (retries === 1 && !(await interaction.confirmLastTry())) {
    throw new FidoError('declined', 'left alone: one PIN try is left, and none was spent', {
      hint: 'Run the command again when you are sure of the PIN; a wrong one blocks the key.',
    });
  }
  const typed = await interaction.requestPin({ which: 'current', retries });
  let pin: Uint8Array | undefined;
  try {
    pin = normalizePin(typed);
    checkCurrentPin(pin);
    return { pin, before };
  } catch (error) {
    wipe(pin);
    throw error;
  } finally {
    wipe(typed);
  }
}

/** A key may go on saying that it wants a power cycle after it had one: then it is for the key to decide. */
async function wasReplugged(session: Session, retries: number, interaction: PinInteraction): Promise<boolean> {
  const seen = seenBlock(session, retries);
  if (seen !== undefined) return seen === 'before';
  return (await interaction.confirmReplugged?.({ retries })) ?? false;
}

export function pinBlocked(cause?: CtapStatusError): PinError {
  return new PinError(
    'pin-blocked',
    'the PIN is blocked for good: no tries are left',
    { status: CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED, statusName: 'CTAP2_ERR_PIN_BLOCKED', retries: 0 },
    { hint: 'Only a reset helps, and it erases everything on the key: seckey reset', cause },
  );
}

function pinAuthBlocked(retries: number): PinError {
  return new PinError(
    'pin-auth-blocked',
    `three wrong PINs in a row: the key takes no more until it is removed and inserted again${triesLeft(retries)}`,
    { status: CTAP_STATUS.CTAP2_ERR_PIN_AUTH_BLOCKED, statusName: 'CTAP2_ERR_PIN_AUTH_BLOCKED', retries },
    { hint: REPLUG_THEN_RIGHT_PIN },
  );
}

export const REPLUG_THEN_RIGHT_PIN =
  'Remove the key, insert it again, then try with the right PIN. If it says the same then: seckey pin verify --replugged';

export function triesLeft(retries: number | undefined): string {
  return retries === undefined ? '' : `, ${countOfTries(retries)} left`;
}

export function countOfTries(retries: number): string {
  return `${retries} ${retries === 1 ? 'try' : 'tries'}`;
}
