import { CTAP_STATUS } from '../../ctap2/status.ts';
import { refuse } from '../command-handler.ts';
import type { Model } from '../models/model.ts';
import type { Config } from '../state/config.ts';

const PADDED_LENGTH = 64;

/**
 * PINs that are guessed first. Besides one repeated character, each maker chooses what its keys refuse; this is our
 * list.
 */
const COMMON_PINS: ReadonlySet<string> = new Set(
  '123456 1234567 12345678 123456789 1234567890 654321 123123 123321 112233 121212 159753 abc123 abcdef qwerty password'.split(
    ' ',
  ),
);

/**
 * The PIN in `padded`, the decrypted newPinEnc: a view up to the trailing zeros, and its length in code points.
 * @throws {StatusError} CTAP1_ERR_INVALID_PARAMETER (0x02) if it is not padded to 64 bytes,
 *   CTAP2_ERR_PIN_POLICY_VIOLATION (0x37) if the PIN is too short, too long or too simple
 */
export function acceptNewPin(
  padded: Uint8Array,
  model: Model,
  config: Config,
): { pin: Uint8Array; codePoints: number } {
  if (padded.length !== PADDED_LENGTH) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  const length = padded.findLastIndex((byte) => byte !== 0) + 1;
  // A PIN has 63 bytes at most, so that one zero at least shows where it ends.
  if (length === PADDED_LENGTH) refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
  const pin = padded.subarray(0, length);
  const characters = codePoints(pin);
  const tooSimple = config.pinComplexityPolicy && isSimple(characters);
  if (characters.length < config.minPINLength || characters.length > model.pin.maxLength || tooSimple) {
    refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
  }
  return { pin, codePoints: characters.length };
}

function codePoints(pin: Uint8Array): string[] {
  try {
    return [...new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(pin)];
  } catch {
    return refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
  }
}

function isSimple(characters: readonly string[]): boolean {
  return new Set(characters).size < 2 || COMMON_PINS.has(characters.join('').toLowerCase());
}
